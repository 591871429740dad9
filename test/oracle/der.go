package main

import (
	"bytes"
	"crypto"
	"encoding/asn1"
	"math/big"
)

// DER by hand: crypto/x509 refuses to create most of the certificates that it must judge here.

const (
	tagBoolean, tagInteger, tagBits, tagOctets, tagNull = 0x01, 0x02, 0x03, 0x04, 0x05
	tagUTF8, tagPrintable, tagT61, tagIA5, tagBMP       = 0x0c, 0x13, 0x14, 0x16, 0x1e
	tagUTCTime, tagGeneralizedTime, tagSequence, tagSet = 0x17, 0x18, 0x30, 0x31
)

func tlv(tag byte, parts ...[]byte) []byte {
	content := bytes.Join(parts, nil)
	out := []byte{tag}
	switch n := len(content); {
	case n < 0x80:
		out = append(out, byte(n))
	case n < 0x100:
		out = append(out, 0x81, byte(n))
	case n < 0x10000:
		out = append(out, 0x82, byte(n>>8), byte(n))
	default:
		out = append(out, 0x83, byte(n>>16), byte(n>>8), byte(n))
	}
	return append(out, content...)
}

func sequence(parts ...[]byte) []byte { return tlv(tagSequence, parts...) }
func octets(parts ...[]byte) []byte   { return tlv(tagOctets, parts...) }
func bits(content []byte) []byte      { return tlv(tagBits, []byte{0}, content) }
func null() []byte                    { return []byte{tagNull, 0} }

func integer(n *big.Int) []byte {
	out, err := asn1.Marshal(n)
	must(err)
	return out
}

func small(n int64) []byte { return integer(big.NewInt(n)) }

func boolean(value bool) []byte {
	if value {
		return []byte{tagBoolean, 1, 0xff}
	}
	return []byte{tagBoolean, 1, 0}
}

func oid(arcs ...int) []byte {
	out, err := asn1.Marshal(asn1.ObjectIdentifier(arcs))
	must(err)
	return out
}

// attribute is one part of a distinguished name: 3 is the common name, 10 the organisation.
func attribute(kind int, tag byte, value string) []byte {
	return tlv(tagSet, sequence(oid(2, 5, 4, kind), tlv(tag, []byte(value))))
}

func commonName(value string) []byte { return sequence(attribute(3, tagUTF8, value)) }

type extension struct {
	id       []byte
	critical bool
	value    []byte
}

func (e extension) der() []byte {
	if e.critical {
		return sequence(e.id, boolean(true), octets(e.value))
	}
	return sequence(e.id, octets(e.value))
}

// cert is a certificate before it is signed.
type cert struct {
	parent              *cert  // gives issuer and signer, unless they are set; itself if nil
	version             []byte // with its tag; empty for version 1
	serial              []byte
	issuer, subject     []byte
	notBefore, notAfter []byte
	key                 *keyPair
	spki                []byte // instead of the key's own
	extensions          []extension
	noExtensions        bool
	signer              *keyPair
	algorithm           string // instead of the signer's own
	outerAlgorithm      []byte
	change              func(der []byte) []byte // of the finished certificate
	breakSignature      bool
	unusedBits          byte             // of the signature
	tamper              func(tbs []byte) // before it is signed
	made                []byte
}

func (c *cert) der() []byte {
	if c.made != nil {
		return c.made
	}
	parent := c.parent
	if parent == nil {
		parent = c
	}
	if c.issuer == nil {
		c.issuer = parent.subject
	}
	if c.signer == nil {
		c.signer = parent.key
	}
	name := c.algorithm
	if name == "" {
		name = c.signer.algorithm
	}
	algorithm := algorithms[name]
	spki := c.spki
	if spki == nil {
		spki = c.key.spki
	}
	parts := [][]byte{c.version, c.serial, algorithm.id, c.issuer, sequence(c.notBefore, c.notAfter), c.subject, spki}
	if !c.noExtensions {
		var list [][]byte
		for _, one := range c.extensions {
			list = append(list, one.der())
		}
		parts = append(parts, tlv(0xa3, sequence(list...)))
	}
	tbs := sequence(parts...)
	if c.tamper != nil {
		c.tamper(tbs)
	}
	signature := signed(algorithm, c.signer, tbs)
	for tries := 0; c.unusedBits > 0 && isOdd(signature) && tries < 50; tries++ {
		signature = signed(algorithm, c.signer, tbs)
	}
	if c.breakSignature {
		signature[len(signature)-1] ^= 1
	}
	outer := algorithm.id
	if c.outerAlgorithm != nil {
		outer = c.outerAlgorithm
	}
	c.made = sequence(tbs, outer, tlv(tagBits, []byte{c.unusedBits}, signature))
	if c.change != nil {
		c.made = c.change(c.made)
	}
	return c.made
}

// signed is a signature, or something that is none where the key cannot give one.
func signed(algorithm algorithm, key *keyPair, tbs []byte) (signature []byte) {
	defer func() {
		if recover() != nil {
			signature = make([]byte, 64)
		}
	}()
	return algorithm.sign(key, tbs)
}

// set replaces an extension of the same id, or adds one.
func (c *cert) set(value extension) {
	c.remove(value.id)
	c.extensions = append(c.extensions, value)
}

func (c *cert) remove(id []byte) {
	var rest []extension
	for _, one := range c.extensions {
		if !bytes.Equal(one.id, id) {
			rest = append(rest, one)
		}
	}
	c.extensions = rest
}

func digest(hash crypto.Hash, content []byte) []byte {
	h := hash.New()
	h.Write(content)
	return h.Sum(nil)
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}
