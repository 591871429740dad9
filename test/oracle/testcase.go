package main

import (
	"encoding/base64"
	"fmt"
	"math/big"
	"math/rand"
	"strings"
	"time"
)

const (
	clusterName = "cluster-2"
	authority   = "enterprise-networking.gloo-mesh"
)

// testCase is a Secret with a client certificate, or a relay server, before it is judged.
type testCase struct {
	server                 bool
	random                 *rand.Rand
	leaf, root, foreign    *cert
	intermediates          []*cert // from the leaf up
	sent, beside, trusted  []blob  // tls.crt, ca.crt, the root CA that the other side trusts
	certificate, ca, roots form    // how they are written
	key                    func(*keyPair) string
	clusterName, authority string
	minVersion, maxVersion uint16
	protocols              []string
	cipherSuites           []uint16
}

type blob func() []byte
type form func(string) string

// mutation changes a good case in one way.
type mutation struct {
	name  string
	apply func(*testCase)
}

var begin = time.Now().Add(-48 * time.Hour).UTC()

func utcTime(moment time.Time) []byte {
	return tlv(tagUTCTime, []byte(moment.UTC().Format("060102150405Z")))
}

func in(duration time.Duration) []byte { return utcTime(time.Now().Add(duration)) }

var (
	idSubjectKey, idKeyUsage, idSAN      = oid(2, 5, 29, 14), oid(2, 5, 29, 15), oid(2, 5, 29, 17)
	idBasic, idNameConstraints           = oid(2, 5, 29, 19), oid(2, 5, 29, 30)
	idPolicies, idAuthorityKey, idExtKey = oid(2, 5, 29, 32), oid(2, 5, 29, 35), oid(2, 5, 29, 37)
)

func dnsName(name string) []byte { return tlv(0x82, []byte(name)) }

func san(names ...[]byte) extension { return extension{idSAN, false, sequence(names...)} }

func authorityCert(subject string, key *keyPair, parent *cert) *cert {
	c := plainCert(subject, key, parent)
	c.extensions = []extension{
		{idBasic, true, sequence(boolean(true))},
		{idKeyUsage, true, []byte{tagBits, 2, 1, 0x06}},
		{idSubjectKey, false, octets([]byte(subject))},
	}
	if parent != nil {
		c.extensions = append(c.extensions, extension{idAuthorityKey, false, sequence(tlv(0x80, keyIdentifier(parent)))})
	}
	return c
}

func keyIdentifier(c *cert) []byte {
	for _, one := range c.extensions {
		if string(one.id) == string(idSubjectKey) {
			return one.value[2:]
		}
	}
	return []byte("none")
}

var serial int64 = 1000

func plainCert(subject string, key *keyPair, parent *cert) *cert {
	serial++
	return &cert{
		version: tlv(0xa0, small(2)), serial: integer(big.NewInt(serial)), subject: commonName(subject), key: key, parent: parent,
		notBefore: utcTime(begin), notAfter: utcTime(begin.Add(365 * 24 * time.Hour)),
	}
}

func newCase(server bool, depth int, random *rand.Rand) *testCase {
	t := &testCase{server: server, random: random, clusterName: clusterName, authority: authority, certificate: same, ca: same, roots: same, key: pkcs8Key}
	t.root = authorityCert("relay-root", keys["root"], nil)
	t.foreign = authorityCert("relay-root", keys["foreign"], nil)
	parent := t.root
	for i := 0; i < depth; i++ {
		one := authorityCert(fmt.Sprintf("signing-%d", i), keys[[]string{"first", "second"}[i%2]], parent)
		t.intermediates = append([]*cert{one}, t.intermediates...)
		parent = one
	}
	t.leaf = plainCert("leaf", keys["leaf"], parent)
	name := clusterName
	if server {
		name = "*.gloo-mesh"
	}
	t.leaf.extensions = []extension{{idKeyUsage, true, []byte{tagBits, 2, 5, 0xa0}}, san(dnsName(name)), {idAuthorityKey, false, sequence(tlv(0x80, keyIdentifier(parent)))}}
	t.sent = []blob{t.leaf.der}
	for _, one := range t.intermediates {
		t.sent = append(t.sent, one.der)
	}
	// The second keeps ca.crt readable where a case spoils the root.
	t.beside, t.trusted = []blob{t.root.der, authorityCert("spare", keys["other"], nil).der}, []blob{t.root.der}
	return t
}

// targets are the certificates of a path by their role.
var targets = map[string]func(*testCase) *cert{
	"leaf": func(t *testCase) *cert { return t.leaf },
	"intermediate": func(t *testCase) *cert {
		if len(t.intermediates) == 0 {
			return t.leaf
		}
		return t.intermediates[0]
	},
	"root": func(t *testCase) *cert { return t.root },
}

func same(text string) string { return text }

func pemText(label string, der []byte) string {
	text := base64.StdEncoding.EncodeToString(der)
	var lines strings.Builder
	for len(text) > 64 {
		lines.WriteString(text[:64] + "\n")
		text = text[64:]
	}
	return "-----BEGIN " + label + "-----\n" + lines.String() + text + "\n-----END " + label + "-----\n"
}

func bundle(blobs []blob) string {
	var out strings.Builder
	for _, one := range blobs {
		out.WriteString(pemText("CERTIFICATE", one()))
	}
	return out.String()
}

func pkcs8Key(k *keyPair) string { return pemText("PRIVATE KEY", k.pkcs8) }
