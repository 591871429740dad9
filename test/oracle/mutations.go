package main

import (
	"fmt"
	"math/big"
	"slices"
	"strings"
	"time"
)

// commonMutations change certificates and chains in ways that matter on both sides. To add a case, add a line.
func commonMutations() []mutation {
	var all []mutation
	add := func(name string, apply func(*testCase)) { all = append(all, mutation{name, apply}) }
	for _, role := range []string{"leaf", "intermediate", "root"} {
		for _, one := range certificateChanges() {
			change := one.change
			add(role+": "+one.name, func(t *testCase) { change(targets[role](t)) })
		}
		for _, name := range []string{"p224", "p256", "p384", "p521", "ed25519", "rsa512", "rsa768", "rsa1016", "rsa1024", "rsa2048", "dsa", "unknown", "x25519", "rsa-without-null", "p256-compressed", "rsa-pss-only"} {
			add(role+": key "+name, func(t *testCase) { targets[role](t).key = keys[name] })
		}
	}
	for name := range algorithms {
		key := "root"
		switch {
		case strings.Contains(name, "rsa") || strings.Contains(name, "pss"):
			key = "rsa2048"
		case strings.Contains(name, "ed25519"):
			key = "ed25519"
		}
		if strings.HasSuffix(name, "ecdsa") {
			key = "p384"
		}
		for _, role := range []string{"leaf", "intermediate"} {
			add(role+": signed with "+name, func(t *testCase) {
				c := targets[role](t)
				if c.parent != nil {
					c.parent.key = keys[key]
					c.algorithm = name
				}
			})
		}
	}
	slices.SortStableFunc(all, func(a, b mutation) int { return strings.Compare(a.name, b.name) })
	return append(append(all, chainMutations()...), bundleForms()...)
}

type certificateChange struct {
	name   string
	change func(*cert)
}

func certificateChanges() []certificateChange {
	var all []certificateChange
	add := func(name string, change func(*cert)) { all = append(all, certificateChange{name, change}) }
	ext := func(name string, id []byte, value []byte) {
		for _, critical := range []bool{false, true} {
			label := name
			if critical {
				label += ", critical"
			}
			add(label, func(c *cert) { c.set(extension{id, critical, value}) })
		}
	}
	usage := func(arcs ...int) []byte { return oid(append([]int{1, 3, 6, 1, 5, 5, 7, 3}, arcs...)...) }
	ext("extended key usage clientAuth", idExtKey, sequence(usage(2)))
	ext("extended key usage serverAuth", idExtKey, sequence(usage(1)))
	ext("extended key usage both", idExtKey, sequence(usage(1), usage(2)))
	ext("extended key usage any", idExtKey, sequence(oid(2, 5, 29, 37, 0)))
	ext("extended key usage e-mail", idExtKey, sequence(usage(4)))
	ext("extended key usage unknown", idExtKey, sequence(oid(1, 2, 3, 4)))
	ext("extended key usage unknown beside both", idExtKey, sequence(oid(1, 2, 3, 4), usage(1), usage(2)))
	ext("extended key usage empty", idExtKey, sequence())
	ext("extended key usage malformed", idExtKey, octets())
	ext("key usage digitalSignature", idKeyUsage, []byte{tagBits, 2, 7, 0x80})
	ext("key usage keyEncipherment", idKeyUsage, []byte{tagBits, 2, 5, 0x20})
	ext("key usage keyCertSign", idKeyUsage, []byte{tagBits, 2, 2, 0x04})
	ext("key usage empty", idKeyUsage, []byte{tagBits, 1, 0})
	ext("key usage malformed", idKeyUsage, []byte{tagBits, 2, 9, 0x80})
	ext("key usage unused bits set", idKeyUsage, []byte{tagBits, 2, 2, 0x07})
	ext("basic constraints CA", idBasic, sequence(boolean(true)))
	ext("basic constraints no CA", idBasic, sequence())
	ext("basic constraints explicitly no CA", idBasic, sequence(boolean(false)))
	for _, length := range []int64{0, 1, 5, -1} {
		ext(fmt.Sprintf("path length %d", length), idBasic, sequence(boolean(true), small(length)))
	}
	ext("path length without CA", idBasic, sequence(small(0)))
	ext("basic constraints malformed", idBasic, octets())
	ext("basic constraints with an odd boolean", idBasic, sequence([]byte{tagBoolean, 1, 1}))
	add("without basic constraints", func(c *cert) { c.remove(idBasic) })
	add("without key usage", func(c *cert) { c.remove(idKeyUsage) })
	add("without subject key identifier", func(c *cert) { c.remove(idSubjectKey) })
	add("without authority key identifier", func(c *cert) { c.remove(idAuthorityKey) })
	ext("other subject key identifier", idSubjectKey, octets([]byte("another")))
	ext("empty subject key identifier", idSubjectKey, octets())
	ext("malformed subject key identifier", idSubjectKey, sequence())
	ext("other authority key identifier", idAuthorityKey, sequence(tlv(0x80, []byte("another"))))
	ext("authority key identifier by issuer and serial", idAuthorityKey, sequence(tlv(0xa1, tlv(0xa4, commonName("nobody"))), tlv(0x82, []byte{9})))
	ext("malformed authority key identifier", idAuthorityKey, octets())
	subtree := func(names ...[]byte) []byte {
		var out [][]byte
		for _, name := range names {
			out = append(out, sequence(name))
		}
		return slices.Concat(out...)
	}
	permitted := func(names ...[]byte) []byte { return sequence(tlv(0xa0, subtree(names...))) }
	excluded := func(names ...[]byte) []byte { return sequence(tlv(0xa1, subtree(names...))) }
	for _, name := range []string{clusterName, strings.ToUpper(clusterName), "gloo-mesh", ".gloo-mesh", "*.gloo-mesh", "enterprise-networking.gloo-mesh", "example.com", "", "uster-2", ".", "a..b", "final.", "sp ace"} {
		ext("name constraints permit DNS "+name, idNameConstraints, permitted(dnsName(name)))
		ext("name constraints exclude DNS "+name, idNameConstraints, excluded(dnsName(name)))
	}
	ext("name constraints permit two DNS names", idNameConstraints, permitted(dnsName("example.com"), dnsName(clusterName), dnsName("gloo-mesh")))
	ext("name constraints permit and exclude", idNameConstraints, sequence(tlv(0xa0, subtree(dnsName(""))), tlv(0xa1, subtree(dnsName(clusterName), dnsName("gloo-mesh")))))
	ext("name constraints permit IP", idNameConstraints, permitted(tlv(0x87, []byte{10, 0, 0, 0, 255, 0, 0, 0})))
	ext("name constraints permit IP 127", idNameConstraints, permitted(tlv(0x87, []byte{127, 0, 0, 0, 255, 0, 0, 0})))
	ext("name constraints exclude IP 127", idNameConstraints, excluded(tlv(0x87, []byte{127, 0, 0, 0, 255, 0, 0, 0})))
	ext("name constraints exclude all IP", idNameConstraints, excluded(tlv(0x87, make([]byte, 8)), tlv(0x87, make([]byte, 32))))
	ext("name constraints with an odd IP mask", idNameConstraints, permitted(tlv(0x87, []byte{10, 0, 0, 0, 255, 0, 255, 0})))
	ext("name constraints with a short IP", idNameConstraints, permitted(tlv(0x87, []byte{10, 0, 0, 0})))
	ext("name constraints permit e-mail", idNameConstraints, permitted(tlv(0x81, []byte("example.com"))))
	ext("name constraints permit one mailbox", idNameConstraints, permitted(tlv(0x81, []byte("me@example.com"))))
	ext("name constraints exclude one mailbox", idNameConstraints, excluded(tlv(0x81, []byte("me@example.com"))))
	ext("name constraints with an odd mailbox", idNameConstraints, permitted(tlv(0x81, []byte("@@example.com"))))
	ext("name constraints permit URI", idNameConstraints, permitted(tlv(0x86, []byte("example.com"))))
	ext("name constraints exclude URI", idNameConstraints, excluded(tlv(0x86, []byte(".example.com"))))
	ext("name constraints permit URI of an IP", idNameConstraints, permitted(tlv(0x86, []byte("10.0.0.1"))))
	ext("name constraints permit a directory", idNameConstraints, permitted(tlv(0xa4, commonName("leaf"))))
	ext("name constraints exclude a directory", idNameConstraints, excluded(tlv(0xa4, commonName("leaf"))))
	ext("name constraints empty", idNameConstraints, sequence())
	ext("name constraints with empty lists", idNameConstraints, sequence(tlv(0xa0), tlv(0xa1)))
	ext("name constraints malformed", idNameConstraints, octets())
	ext("unknown extension", oid(1, 2, 3, 4, 5), null())
	ext("unknown extension of X.509", oid(2, 5, 29, 99), null())
	ext("issuer alternative name", oid(2, 5, 29, 18), sequence(dnsName("issuer")))
	ext("freshest CRL", oid(2, 5, 29, 46), sequence())
	ext("CRL distribution points", oid(2, 5, 29, 31), sequence(sequence(tlv(0xa0, tlv(0xa0, tlv(0x86, []byte("http://crl")))))))
	ext("CRL distribution points with a broken name", oid(2, 5, 29, 31), sequence(sequence(tlv(0xa0, tlv(0xa0, []byte{0x86, 9})))))
	ext("CRL distribution points malformed", oid(2, 5, 29, 31), octets())
	ext("authority information", oid(1, 3, 6, 1, 5, 5, 7, 1, 1), sequence(sequence(oid(1, 3, 6, 1, 5, 5, 7, 48, 1), tlv(0x86, []byte("http://ocsp")))))
	ext("authority information with a broken location", oid(1, 3, 6, 1, 5, 5, 7, 1, 1), sequence(sequence(oid(1, 3, 6, 1, 5, 5, 7, 48, 1), []byte{0x86, 9})))
	ext("authority information malformed", oid(1, 3, 6, 1, 5, 5, 7, 1, 1), octets())
	ext("TLS feature", oid(1, 3, 6, 1, 5, 5, 7, 1, 24), sequence(small(5)))
	ext("Netscape certificate type", oid(2, 16, 840, 1, 113730, 1, 1), []byte{tagBits, 2, 0, 0x40})
	ext("Netscape comment", oid(2, 16, 840, 1, 113730, 1, 13), tlv(tagIA5, []byte("hello")))
	ext("policies", idPolicies, sequence(sequence(oid(1, 2, 3))))
	ext("any policy", idPolicies, sequence(sequence(oid(2, 5, 29, 32, 0))))
	ext("policy twice", idPolicies, sequence(sequence(oid(1, 2, 3)), sequence(oid(1, 2, 3))))
	ext("policies malformed", idPolicies, octets())
	ext("policy mapping", oid(2, 5, 29, 33), sequence(sequence(oid(1, 2, 3), oid(1, 2, 4))))
	ext("explicit policy at once", oid(2, 5, 29, 36), sequence(tlv(0x80, []byte{0})))
	ext("explicit policy later", oid(2, 5, 29, 36), sequence(tlv(0x80, []byte{1})))
	ext("no policy mapping", oid(2, 5, 29, 36), sequence(tlv(0x81, []byte{0})))
	ext("policy constraints malformed", oid(2, 5, 29, 36), octets())
	ext("no any policy", oid(2, 5, 29, 54), small(0))
	ext("no any policy malformed", oid(2, 5, 29, 54), null())
	add("the same extension twice", func(c *cert) {
		c.extensions = append(c.extensions, extension{oid(1, 2, 3, 4), false, null()}, extension{oid(1, 2, 3, 4), false, null()})
	})
	add("an empty list of extensions", func(c *cert) { c.extensions = nil })
	add("an explicit false for critical", func(c *cert) {
		c.change = nil
		c.set(extension{oid(1, 2, 3, 4), false, null()})
	})
	ext("SAN added with a DNS name", idSAN, sequence(dnsName("another.example.com")))

	moment := func(name string, set func(*cert)) { add(name, set) }
	moment("expired a year ago", func(c *cert) { c.notAfter = in(-24 * time.Hour) })
	moment("expired a minute ago", func(c *cert) { c.notAfter = in(-time.Minute) })
	moment("ends in an hour", func(c *cert) { c.notAfter = in(time.Hour) })
	moment("begins in three minutes", func(c *cert) { c.notBefore = in(3 * time.Minute) })
	moment("begins in ten minutes", func(c *cert) { c.notBefore = in(10 * time.Minute) })
	moment("ends before it begins", func(c *cert) { c.notBefore, c.notAfter = c.notAfter, c.notBefore })
	until := func(name string, tag byte, text string) {
		add("until "+name, func(c *cert) { c.notAfter = tlv(tag, []byte(text)) })
	}
	until("9999", tagGeneralizedTime, "99991231235959Z")
	until("2049", tagUTCTime, "491231235959Z")
	until("1950", tagUTCTime, "500101000000Z")
	until("a general time before 2050", tagGeneralizedTime, "20400101000000Z")
	until("a time zone", tagUTCTime, "400101000000+0100")
	until("a zone of zero", tagUTCTime, "400101000000+0000")
	until("a general time with a zone", tagGeneralizedTime, "20400101000000+0100")
	until("no seconds", tagUTCTime, "4001010000Z")
	until("a general time without seconds", tagGeneralizedTime, "204001010000Z")
	until("fractions", tagGeneralizedTime, "20400101000000.5Z")
	until("no zone", tagUTCTime, "400101000000")
	until("month 13", tagUTCTime, "401301000000Z")
	until("30 February", tagUTCTime, "400230000000Z")
	until("29 February in a leap year", tagUTCTime, "400229000000Z")
	until("29 February in another year", tagUTCTime, "410229000000Z")
	until("second 60", tagUTCTime, "400101000060Z")
	until("hour 24", tagUTCTime, "400101240000Z")
	until("letters", tagUTCTime, "never, never!")
	until("nothing", tagUTCTime, "")
	until("a string", tagUTF8, "400101000000Z")
	until("year 0", tagGeneralizedTime, "00000101000000Z")
	add("from 1950", func(c *cert) { c.notBefore = tlv(tagUTCTime, []byte("500101000000Z")) })
	add("from year 0", func(c *cert) { c.notBefore = tlv(tagGeneralizedTime, []byte("00000101000000Z")) })
	add("from a letter", func(c *cert) { c.notBefore = tlv(tagUTCTime, []byte("x00101000000Z")) })

	add("version 1 without extensions", func(c *cert) { c.version, c.noExtensions = nil, true })
	add("version 1 with extensions", func(c *cert) { c.version = nil })
	add("version 2 without extensions", func(c *cert) { c.version, c.noExtensions = tlv(0xa0, small(1)), true })
	add("version 3 without extensions", func(c *cert) { c.noExtensions = true })
	add("version 4", func(c *cert) { c.version = tlv(0xa0, small(3)) })
	add("explicit version 1", func(c *cert) { c.version = tlv(0xa0, small(0)) })
	add("negative version", func(c *cert) { c.version = tlv(0xa0, small(-1)) })
	add("serial number 0", func(c *cert) { c.serial = small(0) })
	add("serial number negative", func(c *cert) { c.serial = small(-5) })
	add("serial number of 30 octets", func(c *cert) { c.serial = integer(new(big.Int).Lsh(big.NewInt(1), 235)) })
	add("serial number with needless zeros", func(c *cert) { c.serial = []byte{tagInteger, 2, 0, 5} })
	add("serial number empty", func(c *cert) { c.serial = []byte{tagInteger, 0} })

	add("broken signature", func(c *cert) { c.breakSignature = true })
	add("another outer algorithm", func(c *cert) { c.outerAlgorithm = algorithms["sha384-ecdsa"].id })
	add("bytes after its end", func(c *cert) { c.change = func(der []byte) []byte { return append(der, 0) } })
	add("its end is missing", func(c *cert) { c.change = func(der []byte) []byte { return der[:len(der)-1] } })
	add("indefinite length", func(c *cert) {
		c.change = func(der []byte) []byte { return slices.Concat([]byte{tagSequence, 0x80}, der[4:], []byte{0, 0}) }
	})
	add("a length with needless zeros", func(c *cert) {
		c.change = func(der []byte) []byte { return slices.Concat([]byte{tagSequence, 0x83, 0}, der[2:]) }
	})
	add("unused bits in the key", func(c *cert) {
		content, key := publicKeyInfo(keys["even"].spki)
		c.key, c.spki = keys["even"], sequence(content[0], tlv(tagBits, []byte{1}, key))
	})
	add("unused bits in the signature", func(c *cert) { c.unusedBits = 1 })
	add("bytes after the key", func(c *cert) {
		content, _ := publicKeyInfo(c.key.spki)
		c.spki = sequence(append(content, null())...)
	})
	add("a point that is not on the curve", func(c *cert) { c.spki = sequence(sequence(idEC, idP256), bits(append([]byte{4}, make([]byte, 64)...))) })
	add("a key without content", func(c *cert) { c.spki = sequence(sequence(idEC, idP256), bits(nil)) })
	add("RSA key with exponent 1", func(c *cert) {
		c.spki = sequence(sequence(idRSA, null()), bits(sequence(integer(new(big.Int).Lsh(big.NewInt(1), 2047)), small(1))))
	})
	add("RSA key that is negative", func(c *cert) { c.spki = sequence(sequence(idRSA, null()), bits(sequence(small(-77), small(3)))) })

	subject := func(name string, value []byte) { add("subject "+name, func(c *cert) { c.subject = value }) }
	subject("empty", sequence())
	subject("as PrintableString", sequence(attribute(3, tagPrintable, "leaf")))
	subject("with two attributes", sequence(attribute(10, tagUTF8, "Example"), attribute(3, tagUTF8, "leaf")))
	subject("with a set of two", sequence(tlv(tagSet, sequence(oid(2, 5, 4, 3), tlv(tagUTF8, []byte("a"))), sequence(oid(2, 5, 4, 10), tlv(tagUTF8, []byte("b"))))))
	subject("as T61String", sequence(attribute(3, tagT61, "caf\xe9")))
	subject("as BMPString", sequence(attribute(3, tagBMP, "\x00l\x00e")))
	subject("as half a BMPString", sequence(attribute(3, tagBMP, "\x00l\x00")))
	subject("with an @ in a PrintableString", sequence(attribute(3, tagPrintable, "me@example")))
	subject("with a * in a PrintableString", sequence(attribute(3, tagPrintable, "*.gloo-mesh")))
	subject("with broken UTF-8", sequence(attribute(3, tagUTF8, "\xff\xfe")))
	subject("with line ends and commas", sequence(attribute(3, tagUTF8, "a\nb, CN=c")))
	subject("as a number", sequence(tlv(tagSet, sequence(oid(2, 5, 4, 3), small(5)))))
	subject("with a NUL", sequence(attribute(3, tagUTF8, "a\x00b")))
	subject("with an empty value", sequence(attribute(3, tagUTF8, "")))
	subject("with an empty set", sequence(tlv(tagSet)))
	subject("malformed", sequence(octets()))
	subject("of 20000 characters", sequence(attribute(3, tagUTF8, strings.Repeat("long", 5000))))
	return all
}

// chainMutations change which certificates are there, and in which order.
func chainMutations() []mutation {
	var all []mutation
	add := func(name string, apply func(*testCase)) { all = append(all, mutation{"chain: " + name, apply}) }
	foreignTwin := func(c *cert) *cert { twin := *c; twin.made = nil; return &twin }
	refold := func(subject []byte, tag byte) []byte {
		out := slices.Clone(subject)
		if len(out) > 11 {
			out[11] = tag // of the first attribute's value
		}
		return out
	}
	for _, role := range []string{"leaf", "intermediate"} {
		add(role+" names its issuer as PrintableString", func(t *testCase) {
			c := targets[role](t)
			c.issuer = refold(c.parent.subject, tagPrintable)
		})
		add(role+" names its issuer in capitals", func(t *testCase) {
			c := targets[role](t)
			c.issuer = []byte(strings.ReplaceAll(string(c.parent.subject), "r", "R"))
		})
		add(role+" names another issuer", func(t *testCase) { targets[role](t).issuer = commonName("nobody") })
		add(role+" is signed by another key", func(t *testCase) { targets[role](t).signer = keys["other"] })
		add(role+" is self-signed", func(t *testCase) { targets[role](t).parent = nil })
		add(role+" is issued by a foreign root of the same name", func(t *testCase) {
			c := targets[role](t)
			if c.parent == t.root {
				c.parent = t.foreign
			}
		})
	}
	add("issuer with more spaces", func(t *testCase) {
		t.root.subject = commonName("relay  root")
		targets["intermediate"](t).issuer = commonName("relay root")
	})
	add("intermediates are missing", func(t *testCase) { t.sent = t.sent[:1] })
	add("intermediates only in ca.crt", func(t *testCase) {
		t.beside = append(slices.Clone(t.sent[1:]), t.beside...)
		t.sent = t.sent[:1]
	})
	add("intermediates only in the root bundle", func(t *testCase) {
		t.trusted = append(slices.Clone(t.sent[1:]), t.trusted...)
		t.sent = t.sent[:1]
	})
	add("the trust anchor is an intermediate", func(t *testCase) {
		if len(t.intermediates) > 0 {
			t.trusted = []blob{t.intermediates[len(t.intermediates)-1].der}
		}
	})
	add("in reverse order", func(t *testCase) { slices.Reverse(t.sent[1:]) })
	add("the leaf is last", func(t *testCase) { slices.Reverse(t.sent) })
	add("the root is sent, too", func(t *testCase) { t.sent = append(t.sent, t.root.der) })
	add("the leaf is sent twice", func(t *testCase) { t.sent = append(t.sent, t.leaf.der) })
	add("intermediates are sent twice", func(t *testCase) { t.sent = append(t.sent, t.sent[1:]...) })
	add("a foreign root is sent, too", func(t *testCase) { t.sent = append(t.sent, t.foreign.der) })
	twin := func(name string, first bool, change func(t *testCase, twin *cert)) {
		add(name, func(t *testCase) {
			if len(t.intermediates) == 0 {
				return
			}
			other := foreignTwin(t.intermediates[0])
			change(t, other)
			blobs := []blob{other.der}
			if first {
				t.sent = slices.Insert(t.sent, 1, blobs...)
			} else {
				t.sent = append(t.sent, blobs...)
			}
		})
	}
	for _, first := range []bool{true, false} {
		place := map[bool]string{true: "before", false: "after"}[first]
		twin("an expired intermediate "+place+" the good one", first, func(_ *testCase, c *cert) { c.notAfter = in(-time.Hour) })
		twin("an intermediate of a foreign root "+place+" the good one", first, func(t *testCase, c *cert) { c.parent = t.foreign })
		twin("an intermediate with another key "+place+" the good one", first, func(_ *testCase, c *cert) { c.key = keys["other"] })
		twin("an intermediate with a broken signature "+place+" the good one", first, func(_ *testCase, c *cert) { c.breakSignature = true })
		twin("an intermediate that constrains names "+place+" the good one", first, func(_ *testCase, c *cert) {
			c.set(extension{idNameConstraints, true, sequence(tlv(0xa0, sequence(dnsName("example.com"))))})
		})
		twin("an intermediate for e-mail "+place+" the good one", first, func(_ *testCase, c *cert) {
			c.set(extension{idExtKey, false, sequence(oid(1, 3, 6, 1, 5, 5, 7, 3, 4))})
		})
		twin("an unreadable certificate "+place+" the good one", first, func(_ *testCase, c *cert) { c.made = []byte("no certificate") })
		twin("an intermediate with a broken date "+place+" the good one", first, func(_ *testCase, c *cert) { c.notAfter = tlv(tagUTCTime, []byte("401301000000Z")) })
	}
	add("a hundred bad intermediates", func(t *testCase) { crowd(t, 98) })
	add("many bad intermediates", func(t *testCase) { crowd(t, 150) })
	add("the leaf itself is trusted", func(t *testCase) { t.trusted = append(t.trusted, t.leaf.der) })
	add("only the leaf is trusted", func(t *testCase) { t.trusted = []blob{t.leaf.der} })
	add("a self-signed leaf that is trusted", func(t *testCase) {
		t.leaf.parent, t.trusted = nil, []blob{t.leaf.der}
	})
	add("another leaf in the root bundle", func(t *testCase) {
		other := plainCert("other", keys["other"], t.root)
		t.trusted = append([]blob{other.der}, t.trusted...)
	})
	add("an old root of version 1 in the root bundle", func(t *testCase) {
		old := plainCert("old", keys["other"], nil)
		old.version, old.noExtensions = nil, true
		t.trusted = append([]blob{old.der}, t.trusted...)
	})
	add("an expired root in the root bundle", func(t *testCase) {
		old := authorityCert("old", keys["other"], nil)
		old.notAfter = in(-time.Hour)
		t.trusted = append([]blob{old.der}, t.trusted...)
	})
	add("an expired root of the same name and key in the root bundle", func(t *testCase) {
		old := authorityCert("relay-root", t.root.key, nil)
		old.notAfter = in(-time.Hour)
		t.trusted = append([]blob{old.der}, t.trusted...)
	})
	add("an unreadable block in the root bundle", func(t *testCase) {
		t.trusted = append([]blob{func() []byte { return []byte("nothing") }}, t.trusted...)
	})
	add("a root with a broken date in the root bundle", func(t *testCase) {
		old := authorityCert("old", keys["other"], nil)
		old.notAfter = tlv(tagUTCTime, []byte("never"))
		t.trusted = append(t.trusted, old.der)
	})
	add("old and new root in the root bundle", func(t *testCase) { t.trusted = append([]blob{t.foreign.der}, t.trusted...) })
	add("only a foreign root is trusted", func(t *testCase) { t.trusted = []blob{t.foreign.der} })
	add("the root is signed by another, too", func(t *testCase) {
		crossed := foreignTwin(t.root)
		crossed.parent = t.foreign
		t.trusted = []blob{t.foreign.der}
		t.sent = append(t.sent, crossed.der)
	})
	add("the root bundle holds the cross-signed root only", func(t *testCase) {
		crossed := foreignTwin(t.root)
		crossed.parent = t.foreign
		t.trusted = []blob{crossed.der}
	})
	add("nothing is trusted", func(t *testCase) { t.trusted = nil })
	add("ca.crt of another PKI", func(t *testCase) { t.beside = []blob{authorityCert("elsewhere", keys["other"], nil).der} })
	add("ca.crt with an unreadable block", func(t *testCase) {
		t.beside = append([]blob{func() []byte { return []byte("nothing") }}, t.beside...)
	})
	add("ca.crt unreadable", func(t *testCase) { t.beside = []blob{func() []byte { return []byte("nothing") }} })
	add("ca.crt with a leaf", func(t *testCase) { t.beside = append(t.beside, t.leaf.der) })
	wanted := func(t *testCase) string {
		if t.server {
			return t.authority
		}
		return t.clusterName
	}
	with := func(name string, names ...func(string) []byte) {
		add("SAN "+name, func(t *testCase) {
			var list [][]byte
			for _, one := range names {
				list = append(list, one(wanted(t)))
			}
			t.leaf.set(san(list...))
		})
	}
	exact := dnsName
	fixed := func(value []byte) func(string) []byte { return func(string) []byte { return value } }
	with("exact", exact)
	with("exact after others", fixed(dnsName("a.example.com")), fixed(dnsName("b.example.com")), exact)
	with("with an IP", exact, fixed(tlv(0x87, []byte{127, 0, 0, 1})))
	with("with an IP of five octets", exact, fixed(tlv(0x87, []byte{127, 0, 0, 1, 2})))
	with("with e-mail", exact, fixed(tlv(0x81, []byte("me@example.com"))))
	with("with an odd mailbox", exact, fixed(tlv(0x81, []byte("no mailbox"))))
	with("with a URI", exact, fixed(tlv(0x86, []byte("spiffe://cluster.local/ns/a"))))
	with("with a broken URI", exact, fixed(tlv(0x86, []byte("http://a b%zz/"))))
	with("with a URI of an odd host", exact, fixed(tlv(0x86, []byte("http://a..b/"))))
	with("with a URI of an IP", exact, fixed(tlv(0x86, []byte("https://10.0.0.1/"))))
	with("with a URI of a path", exact, fixed(tlv(0x86, []byte("urn:x"))))
	with("with a directory", exact, fixed(tlv(0xa4, commonName("x"))))
	with("with another name", exact, fixed(tlv(0xa0, oid(1, 2, 3), tlv(0xa0, tlv(tagUTF8, []byte("x"))))))
	with("with a registered id", exact, fixed(tlv(0x88, []byte{0x2a, 3})))
	with("in capitals", func(name string) []byte { return dnsName(strings.ToUpper(name)) })
	with("with a final dot", func(name string) []byte { return dnsName(name + ".") })
	with("with a comma", func(name string) []byte { return dnsName("x, DNS:" + name + ", y") })
	with("with a NUL", func(name string) []byte { return dnsName(name + "\x00.evil") })
	with("with a space", func(name string) []byte { return dnsName(name + " ") })
	with("with UTF-8", exact, fixed(dnsName("bücher.example")))
	with("with an empty name", exact, fixed(dnsName("")))
	with("of another", fixed(dnsName("other")))
	with("of an IP alone", fixed(tlv(0x87, []byte{127, 0, 0, 1})))
	with("of a directory alone", fixed(tlv(0xa4, commonName("x"))))
	with("wildcard alone", fixed(dnsName("*")))
	with("wildcard of the domain", fixed(dnsName("*.gloo-mesh")))
	with("wildcard within a label", fixed(dnsName("enterprise-*.gloo-mesh")))
	with("wildcard in the second label", fixed(dnsName("enterprise-networking.*")))
	with("two wildcards", fixed(dnsName("*.*")))
	with("as a part", func(name string) []byte { return dnsName("a." + name) })
	add("SAN empty", func(t *testCase) { t.leaf.set(extension{idSAN, false, sequence()}) })
	add("SAN empty and critical", func(t *testCase) { t.leaf.set(extension{idSAN, true, sequence()}) })
	add("SAN critical", func(t *testCase) { t.leaf.set(extension{idSAN, true, sequence(dnsName(wanted(t)))}) })
	add("SAN of a directory alone, critical", func(t *testCase) {
		t.leaf.set(extension{idSAN, true, sequence(tlv(0xa4, commonName("x")))})
	})
	add("SAN malformed", func(t *testCase) { t.leaf.set(extension{idSAN, false, octets()}) })
	add("SAN missing, common name instead", func(t *testCase) {
		t.leaf.remove(idSAN)
		t.leaf.subject = commonName(wanted(t))
	})
	add("no subject, SAN critical", func(t *testCase) {
		t.leaf.subject = sequence()
		t.leaf.set(extension{idSAN, true, sequence(dnsName(wanted(t)))})
	})
	return all
}

// crowd puts intermediates of the right name and another key before the good ones.
func crowd(t *testCase, count int) {
	if len(t.intermediates) == 0 {
		return
	}
	for i := range count {
		other := authorityCert("crowd", keys["other"], t.root)
		other.subject = t.intermediates[0].subject
		other.serial = small(int64(100000 + i))
		t.sent = slices.Insert(t.sent, 1, blob(other.der))
	}
}
