package main

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	_ "crypto/md5"
	"crypto/rand"
	"crypto/rsa"
	_ "crypto/sha1"
	_ "crypto/sha256"
	_ "crypto/sha512"
	"crypto/x509"
	"encoding/asn1"
	"math/big"
)

// keyPair is a key that certificates are made with. Keys are made once and used again: verdicts do not depend on their numbers.
type keyPair struct {
	private   crypto.Signer // nil for a kind that Go cannot sign with
	spki      []byte
	algorithm string
	pkcs8     []byte
}

type algorithm struct {
	id   []byte
	sign func(*keyPair, []byte) []byte
}

var (
	idRSA    = oid(1, 2, 840, 113549, 1, 1, 1)
	idEC     = oid(1, 2, 840, 10045, 2, 1)
	idP256   = oid(1, 2, 840, 10045, 3, 1, 7)
	idDSA    = oid(1, 2, 840, 10040, 4, 1)
	idSHA    = map[crypto.Hash][]byte{crypto.SHA1: oid(1, 3, 14, 3, 2, 26), crypto.SHA256: oid(2, 16, 840, 1, 101, 3, 4, 2, 1), crypto.SHA384: oid(2, 16, 840, 1, 101, 3, 4, 2, 2), crypto.SHA512: oid(2, 16, 840, 1, 101, 3, 4, 2, 3)}
	prefixes = map[crypto.Hash][]byte{
		crypto.MD5:    {0x30, 0x20, 0x30, 0x0c, 0x06, 0x08, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x02, 0x05, 0x05, 0x00, 0x04, 0x10},
		crypto.SHA1:   {0x30, 0x21, 0x30, 0x09, 0x06, 0x05, 0x2b, 0x0e, 0x03, 0x02, 0x1a, 0x05, 0x00, 0x04, 0x14},
		crypto.SHA224: {0x30, 0x2d, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x04, 0x05, 0x00, 0x04, 0x1c},
		crypto.SHA256: {0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20},
		crypto.SHA384: {0x30, 0x41, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x02, 0x05, 0x00, 0x04, 0x30},
		crypto.SHA512: {0x30, 0x51, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x03, 0x05, 0x00, 0x04, 0x40},
	}
)

var algorithms = map[string]algorithm{}

func init() {
	rsaAlgorithm := func(name string, arc int, hash crypto.Hash, parameters []byte) {
		algorithms[name] = algorithm{sequence(oid(1, 2, 840, 113549, 1, 1, arc), parameters), func(k *keyPair, tbs []byte) []byte {
			return pkcs1(k, hash, tbs)
		}}
	}
	rsaAlgorithm("md5-rsa", 4, crypto.MD5, null())
	rsaAlgorithm("sha1-rsa", 5, crypto.SHA1, null())
	rsaAlgorithm("sha224-rsa", 14, crypto.SHA224, null())
	rsaAlgorithm("sha256-rsa", 11, crypto.SHA256, null())
	rsaAlgorithm("sha384-rsa", 12, crypto.SHA384, null())
	rsaAlgorithm("sha512-rsa", 13, crypto.SHA512, null())
	rsaAlgorithm("sha256-rsa-without-null", 11, crypto.SHA256, nil)
	rsaAlgorithm("sha256-rsa-odd-parameters", 11, crypto.SHA256, octets([]byte("x")))
	ecAlgorithm := func(name string, id []byte, hash crypto.Hash) {
		algorithms[name] = algorithm{sequence(id), func(k *keyPair, tbs []byte) []byte {
			signature, err := k.private.Sign(rand.Reader, digest(hash, tbs), hash)
			must(err)
			return signature
		}}
	}
	ecAlgorithm("sha1-ecdsa", oid(1, 2, 840, 10045, 4, 1), crypto.SHA1)
	ecAlgorithm("sha224-ecdsa", oid(1, 2, 840, 10045, 4, 3, 1), crypto.SHA224)
	ecAlgorithm("sha256-ecdsa", oid(1, 2, 840, 10045, 4, 3, 2), crypto.SHA256)
	ecAlgorithm("sha384-ecdsa", oid(1, 2, 840, 10045, 4, 3, 3), crypto.SHA384)
	ecAlgorithm("sha512-ecdsa", oid(1, 2, 840, 10045, 4, 3, 4), crypto.SHA512)
	ed := func(k *keyPair, tbs []byte) []byte {
		signature, err := k.private.Sign(rand.Reader, tbs, crypto.Hash(0))
		must(err)
		return signature
	}
	algorithms["ed25519"] = algorithm{sequence(oid(1, 3, 101, 112)), ed}
	algorithms["ed25519-with-null"] = algorithm{sequence(oid(1, 3, 101, 112), null()), ed}
	random := func(*keyPair, []byte) []byte { return sequence(small(4711), small(4712)) }
	algorithms["dsa"] = algorithm{sequence(oid(2, 16, 840, 1, 101, 3, 4, 3, 2)), random}
	algorithms["unknown"] = algorithm{sequence(oid(1, 2, 3, 4, 5)), random}
	pss := func(name string, hash, mask crypto.Hash, salt int) {
		withNull := func(id []byte) []byte { return sequence(id, null()) }
		parameters := sequence(
			tlv(0xa0, withNull(idSHA[hash])),
			tlv(0xa1, sequence(oid(1, 2, 840, 113549, 1, 1, 8), withNull(idSHA[mask]))),
			tlv(0xa2, small(int64(salt))))
		algorithms[name] = algorithm{sequence(oid(1, 2, 840, 113549, 1, 1, 10), parameters), func(k *keyPair, tbs []byte) []byte {
			signature, err := rsa.SignPSS(rand.Reader, k.private.(*rsa.PrivateKey), hash, digest(hash, tbs), &rsa.PSSOptions{SaltLength: salt})
			must(err)
			return signature
		}}
	}
	pss("sha256-pss", crypto.SHA256, crypto.SHA256, 32)
	pss("sha384-pss", crypto.SHA384, crypto.SHA384, 48)
	pss("sha512-pss", crypto.SHA512, crypto.SHA512, 64)
	pss("sha256-pss-short-salt", crypto.SHA256, crypto.SHA256, 20)
	pss("sha256-pss-other-mask", crypto.SHA256, crypto.SHA512, 32)
	pss("sha1-pss", crypto.SHA1, crypto.SHA1, 20)
}

// pkcs1 signs by plain arithmetic, for Go refuses to sign with small keys.
func pkcs1(k *keyPair, hash crypto.Hash, tbs []byte) []byte {
	key := k.private.(*rsa.PrivateKey)
	size := (key.N.BitLen() + 7) / 8
	info := append(append([]byte{}, prefixes[hash]...), digest(hash, tbs)...)
	padded := make([]byte, size)
	for i := range padded {
		padded[i] = 0xff
	}
	padded[0], padded[1] = 0, 1
	padded[size-len(info)-1] = 0
	copy(padded[size-len(info):], info)
	return new(big.Int).Exp(new(big.Int).SetBytes(padded), key.D, key.N).FillBytes(make([]byte, size))
}

func rsaSPKI(key *rsa.PublicKey, parameters []byte) []byte {
	return sequence(sequence(idRSA, parameters), bits(sequence(integer(key.N), small(int64(key.E)))))
}

func rsaKey(size int) *keyPair {
	e := big.NewInt(65537)
	for {
		p, err := rand.Prime(rand.Reader, size/2)
		must(err)
		q, err := rand.Prime(rand.Reader, size/2)
		must(err)
		one := big.NewInt(1)
		phi := new(big.Int).Mul(new(big.Int).Sub(p, one), new(big.Int).Sub(q, one))
		d := new(big.Int).ModInverse(e, phi)
		n := new(big.Int).Mul(p, q)
		if d == nil || p.Cmp(q) == 0 || n.BitLen() != size {
			continue
		}
		key := &rsa.PrivateKey{PublicKey: rsa.PublicKey{N: n, E: 65537}, D: d, Primes: []*big.Int{p, q}}
		if size >= 1024 {
			key.Precompute()
		}
		return &keyPair{private: key, spki: rsaSPKI(&key.PublicKey, null()), algorithm: "sha256-rsa", pkcs8: sequence(small(0), sequence(idRSA, null()), octets(pkcs1Private(key)))}
	}
}

func pkcs1Private(key *rsa.PrivateKey) []byte {
	one := big.NewInt(1)
	p, q := key.Primes[0], key.Primes[1]
	dp := new(big.Int).Mod(key.D, new(big.Int).Sub(p, one))
	dq := new(big.Int).Mod(key.D, new(big.Int).Sub(q, one))
	return sequence(small(0), integer(key.N), small(int64(key.E)), integer(key.D), integer(p), integer(q), integer(dp), integer(dq), integer(new(big.Int).ModInverse(q, p)))
}

func signingKey(key crypto.Signer, algorithm string) *keyPair {
	spki, err := x509.MarshalPKIXPublicKey(key.Public())
	must(err)
	pkcs8, err := x509.MarshalPKCS8PrivateKey(key)
	must(err)
	return &keyPair{private: key, spki: spki, algorithm: algorithm, pkcs8: pkcs8}
}

func ecKey(curve elliptic.Curve) *keyPair {
	key, err := ecdsa.GenerateKey(curve, rand.Reader)
	must(err)
	return signingKey(key, "sha256-ecdsa")
}

func edKey() *keyPair {
	_, key, err := ed25519.GenerateKey(rand.Reader)
	must(err)
	return signingKey(key, "ed25519")
}

func isOdd(content []byte) bool { return content[len(content)-1]&1 == 1 }

// publicKeyInfo is the content of a SubjectPublicKeyInfo, element by element, and the bytes of the key.
func publicKeyInfo(spki []byte) (elements [][]byte, key []byte) {
	var info struct {
		Algorithm asn1.RawValue
		Key       asn1.BitString
	}
	_, err := asn1.Unmarshal(spki, &info)
	must(err)
	return [][]byte{info.Algorithm.FullBytes, bits(info.Key.Bytes)}, info.Key.Bytes
}

var keys = map[string]*keyPair{}

func makeKeys() {
	for _, name := range []string{"root", "foreign", "first", "second", "leaf", "other", "p256"} {
		keys[name] = ecKey(elliptic.P256())
	}
	for keys["even"] = ecKey(elliptic.P256()); isOdd(keys["even"].spki); {
		keys["even"] = ecKey(elliptic.P256())
	}
	keys["p224"], keys["p384"], keys["p521"], keys["ed25519"] = ecKey(elliptic.P224()), ecKey(elliptic.P384()), ecKey(elliptic.P521()), edKey()
	keys["rsa512"], keys["rsa768"], keys["rsa1016"], keys["rsa1024"], keys["rsa2048"] = rsaKey(512), rsaKey(768), rsaKey(1016), rsaKey(1024), rsaKey(2048)
	dsa := sequence(sequence(idDSA, sequence(small(7919), small(127), small(5))), bits(small(1234)))
	keys["dsa"] = &keyPair{spki: dsa, algorithm: "dsa", private: keys["leaf"].private, pkcs8: keys["leaf"].pkcs8}
	keys["unknown"] = &keyPair{spki: sequence(sequence(oid(1, 2, 3, 4)), bits([]byte("key"))), algorithm: "unknown", private: keys["leaf"].private, pkcs8: keys["leaf"].pkcs8}
	x25519 := sequence(sequence(oid(1, 3, 101, 110)), bits(make([]byte, 31+1)))
	keys["x25519"] = &keyPair{spki: x25519, algorithm: "unknown", private: keys["leaf"].private, pkcs8: keys["leaf"].pkcs8}
	rsa2048 := *keys["rsa2048"]
	rsa2048.spki = rsaSPKI(&keys["rsa2048"].private.(*rsa.PrivateKey).PublicKey, nil)
	keys["rsa-without-null"] = &rsa2048
	point := *keys["p256"]
	public, err := keys["p256"].private.(*ecdsa.PrivateKey).PublicKey.Bytes()
	must(err)
	compressed := append([]byte{2 + public[64]&1}, public[1:33]...)
	point.spki = sequence(sequence(idEC, idP256), bits(compressed))
	keys["p256-compressed"] = &point
	pssOnly := *keys["rsa2048"]
	pssOnly.spki = sequence(sequence(oid(1, 2, 840, 113549, 1, 1, 10)), bits(sequence(integer(keys["rsa2048"].private.(*rsa.PrivateKey).N), small(65537))))
	keys["rsa-pss-only"] = &pssOnly
}
