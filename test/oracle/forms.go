package main

import (
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"strings"
)

type pemForm struct {
	name string
	form form
}

// pemForms write good PEM in other ways, some of which nobody can read.
func pemForms() []pemForm {
	replace := func(old, new string, n int) form {
		return func(text string) string { return strings.Replace(text, old, new, n) }
	}
	return []pemForm{
		{"BOM", func(text string) string { return "\ufeff" + text }},
		{"BOM and a line", func(text string) string { return "\ufeff\n" + text }},
		{"text before the marker", func(text string) string { return "x" + text }},
		{"a space before the marker", func(text string) string { return " " + text }},
		{"text after the marker", replace("-----\n", "----- x\n", 1)},
		{"spaces after the marker", replace("-----\n", "-----  \t\n", 1)},
		{"spaces after every marker", replace("-----\n", "----- \n", -1)},
		{"text after the end", func(text string) string { return strings.TrimSuffix(text, "\n") + " x\n" }},
		{"text around", func(text string) string {
			return "first\n" + strings.ReplaceAll(text, "-----BEGIN", "between: blocks\n-----BEGIN") + "last"
		}},
		{"dashes around", func(text string) string { return "-----\n" + text + "-----\n" }},
		{"CRLF", replace("\n", "\r\n", -1)},
		{"CR", replace("\n", "\r", -1)},
		{"no final line end", func(text string) string { return strings.TrimSuffix(text, "\n") }},
		{"no line ends between blocks", replace("-----\n-----", "----------", -1)},
		{"empty lines", replace("\n", "\n\n", -1)},
		{"an empty line after the marker", replace("-----\n", "-----\n\n", 1)},
		{"tabs and spaces within", replace("M", "\tM ", 1)},
		{"one long line", func(text string) string {
			return strings.ReplaceAll(strings.ReplaceAll(strings.ReplaceAll(text, "\n", ""), "-----BEGIN", "\n-----BEGIN"), "-----END", "\n-----END")
		}},
		{"one line in all", replace("\n", "", -1)},
		{"lower-case markers", replace("BEGIN", "begin", -1)},
		{"another end", replace("-----END CERTIFICATE-----", "-----END X-----", 1)},
		{"headers", replace("-----\n", "-----\nName: value\n\n", 1)},
		{"headers without an empty line", replace("-----\n", "-----\nName: value\n", 1)},
		{"a comment within", replace("M", "# M", 1)},
		{"a colon within", replace("\nM", "\nM:", 1)},
		{"the first marker twice", func(text string) string { return "-----BEGIN CERTIFICATE-----\n" + text }},
		{"a begun block before", func(text string) string { return "-----BEGIN CERTIFICATE-----\nMIIB\n" + text }},
		{"an end before", func(text string) string { return "-----END CERTIFICATE-----\n" + text }},
		{"cut", func(text string) string { return text[:len(text)*2/3] }},
		{"no padding", replace("=", "", -1)},
		{"more padding", replace("\n-----END", "=\n-----END", 1)},
		{"base64 of URLs", func(text string) string { return strings.ReplaceAll(strings.ReplaceAll(text, "+", "-"), "/", "_") }},
		{"TRUSTED", replace("CERTIFICATE", "TRUSTED CERTIFICATE", -1)},
		{"X509", replace("CERTIFICATE", "X509 CERTIFICATE", -1)},
		{"the first TRUSTED", replace("CERTIFICATE", "TRUSTED CERTIFICATE", 2)},
		{"a key before", func(text string) string { return pemText("PRIVATE KEY", keys["other"].pkcs8) + text }},
		{"a CRL before", func(text string) string { return pemText("X509 CRL", []byte("crl")) + text }},
		{"an empty block before", func(text string) string { return "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n" + text }},
		{"an empty block after", func(text string) string { return text + "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n" }},
		{"a block of nonsense after", func(text string) string { return text + pemText("CERTIFICATE", []byte("nonsense")) }},
		{"not base64 after", func(text string) string {
			return text + "-----BEGIN CERTIFICATE-----\n!!!\n-----END CERTIFICATE-----\n"
		}},
		{"not base64 before", func(text string) string {
			return "-----BEGIN CERTIFICATE-----\n!!!\n-----END CERTIFICATE-----\n" + text
		}},
		{"NUL bytes after", func(text string) string { return text + "\x00\x00" }},
		{"NUL bytes before", func(text string) string { return "\x00" + text }},
		{"UTF-16", func(text string) string {
			var out strings.Builder
			out.WriteString("\xff\xfe")
			for _, one := range []byte(text) {
				out.Write([]byte{one, 0})
			}
			return out.String()
		}},
		{"DER", func(text string) string {
			if block, _ := pem.Decode([]byte(text)); block != nil {
				return string(block.Bytes)
			}
			return text
		}},
		{"empty", func(string) string { return "" }},
		{"a line end alone", func(string) string { return "\n" }},
		{"twice", func(text string) string { return text + text }},
		{"vertical tab within", replace("M", "\vM", 1)},
	}
}

func bundleForms() []mutation {
	var all []mutation
	for _, one := range pemForms() {
		all = append(all, mutation{"root bundle: " + one.name, func(t *testCase) { t.roots = one.form }})
	}
	return all
}

func clientMutations() []mutation {
	var all []mutation
	add := func(name string, apply func(*testCase)) { all = append(all, mutation{name, apply}) }
	for _, one := range pemForms() {
		add("tls.crt: "+one.name, func(t *testCase) { t.certificate = one.form })
		add("ca.crt: "+one.name, func(t *testCase) { t.beside, t.ca = t.beside[:1], one.form })
		add("tls.key: "+one.name, func(t *testCase) {
			t.key = func(k *keyPair) string { return one.form(pkcs8Key(k)) }
		})
	}
	key := func(name string, write func(*keyPair) string) {
		add("tls.key: "+name, func(t *testCase) { t.key = write })
	}
	native := func(k *keyPair) (string, []byte) {
		switch private := k.private.(type) {
		case *rsa.PrivateKey:
			return "RSA PRIVATE KEY", pkcs1Private(private)
		case *ecdsa.PrivateKey:
			der, err := x509.MarshalECPrivateKey(private)
			must(err)
			return "EC PRIVATE KEY", der
		}
		return "PRIVATE KEY", k.pkcs8
	}
	for _, kind := range []string{"leaf", "rsa2048", "rsa1024", "rsa1016", "rsa512", "ed25519", "p224", "p384", "p521"} {
		with := func(name string, write func(*keyPair) string) {
			add("tls.key: "+kind+" "+name, func(t *testCase) { t.leaf.key, t.key = keys[kind], write })
		}
		with("in PKCS 8", pkcs8Key)
		with("in its own form", func(k *keyPair) string { label, der := native(k); return pemText(label, der) })
		with("in its own form with the label of PKCS 8", func(k *keyPair) string { _, der := native(k); return pemText("PRIVATE KEY", der) })
		with("in PKCS 8 with the label RSA", func(k *keyPair) string { return pemText("RSA PRIVATE KEY", k.pkcs8) })
		with("in PKCS 8 with the label EC", func(k *keyPair) string { return pemText("EC PRIVATE KEY", k.pkcs8) })
		with("with bytes after its end", func(k *keyPair) string { label, der := native(k); return pemText(label, append(der, 0)) })
		with("in PKCS 8 with bytes after its end", func(k *keyPair) string { return pemText("PRIVATE KEY", append(append([]byte{}, k.pkcs8...), 0)) })
		with("encrypted in the old form", func(k *keyPair) string {
			label, der := native(k)
			block, err := x509.EncryptPEMBlock(rand.Reader, label, der, []byte("secret"), x509.PEMCipherAES128)
			must(err)
			return string(pem.EncodeToMemory(block))
		})
	}
	key("encrypted", func(*keyPair) string {
		scheme := sequence(oid(1, 2, 840, 113549, 1, 5, 13), sequence())
		return pemText("ENCRYPTED PRIVATE KEY", sequence(scheme, octets([]byte("0123456789abcdef"))))
	})
	key("another key", func(*keyPair) string { return pkcs8Key(keys["other"]) })
	key("a key of another kind", func(*keyPair) string { return pkcs8Key(keys["rsa2048"]) })
	key("two keys, the right one first", func(k *keyPair) string { return pkcs8Key(k) + pkcs8Key(keys["other"]) })
	key("two keys, the right one last", func(k *keyPair) string { return pkcs8Key(keys["other"]) + pkcs8Key(k) })
	key("parameters before it", func(k *keyPair) string { return pemText("EC PARAMETERS", idP256) + pkcs8Key(k) })
	key("a certificate before it", func(k *keyPair) string { return pemText("CERTIFICATE", []byte("x")) + pkcs8Key(k) })
	key("a public key", func(k *keyPair) string { return pemText("PUBLIC KEY", k.spki) })
	key("nonsense before it", func(k *keyPair) string { return pemText("PRIVATE KEY", []byte("nonsense")) + pkcs8Key(k) })
	key("label ANY PRIVATE KEY", func(k *keyPair) string { return pemText("ANY PRIVATE KEY", k.pkcs8) })
	key("label MYPRIVATE KEY", func(k *keyPair) string { return pemText("MYPRIVATE KEY", k.pkcs8) })
	key("OpenSSH", func(k *keyPair) string { return pemText("OPENSSH PRIVATE KEY", []byte("openssh-key-v1")) })
	key("RSA with wrong primes", func(k *keyPair) string { return pkcs8Key(k) })
	add("tls.key: RSA with wrong exponents", func(t *testCase) {
		t.leaf.key = keys["rsa2048"]
		t.key = func(k *keyPair) string {
			private := *k.private.(*rsa.PrivateKey)
			return pemText("RSA PRIVATE KEY", sequence(small(0), integer(private.N), small(65537), integer(private.D), integer(private.Primes[0]), integer(private.Primes[1]), small(3), small(5), small(7)))
		}
	})
	add("tls.key: RSA with the primes of another", func(t *testCase) {
		t.leaf.key = keys["rsa2048"]
		t.key = func(k *keyPair) string {
			private, other := *k.private.(*rsa.PrivateKey), keys["rsa1024"].private.(*rsa.PrivateKey)
			private.Primes = other.Primes
			return pemText("RSA PRIVATE KEY", pkcs1Private(&private))
		}
	})
	add("certificates over 256 KiB", func(t *testCase) {
		big := plainCert(strings.Repeat("big", 30000), keys["other"], t.root)
		for range 3 {
			t.sent = append(t.sent, big.der)
		}
	})
	add("another cluster", func(t *testCase) { t.clusterName = "cluster-3" })
	add("the cluster in capitals", func(t *testCase) { t.clusterName = "CLUSTER-2" })
	return all
}

func serverMutations() []mutation {
	var all []mutation
	add := func(name string, apply func(*testCase)) { all = append(all, mutation{name, apply}) }
	for _, name := range []string{
		"enterprise-networking.gloo-mesh.", "ENTERPRISE-networking.Gloo-Mesh", "gloo-mesh", "a.b.gloo-mesh", "under_score.gloo-mesh", "-dash.gloo-mesh",
		"xn--bcher-kva.gloo-mesh", "127.0.0.1", "::1", "[::1]", "[127.0.0.1]", "10.0.0.1", "relay", "*.gloo-mesh", "x..gloo-mesh", ".gloo-mesh", "localhost", "enterprise-networking.gloo-mesh..",
	} {
		add("authority "+name, func(t *testCase) { t.authority = name })
		add("authority and SAN "+name, func(t *testCase) {
			t.authority = name
			t.leaf.set(san(dnsName(name)))
		})
		add("authority "+name+" with IP addresses in the SAN", func(t *testCase) {
			t.authority = name
			t.leaf.set(san(tlv(0x87, []byte{127, 0, 0, 1}), tlv(0x87, append(make([]byte, 15), 1))))
		})
	}
	for _, pair := range [][2]string{
		{"relay.example.com", "*.example.com"}, {"relay.example.com", "*.EXAMPLE.com"}, {"relay.example.com", "relay.*.com"}, {"relay.example.com", "r*.example.com"},
		{"relay.example.com", "*.com"}, {"example.com", "*.example.com"}, {"relay.example.com", "relay.example.com."}, {"relay.example.com.", "relay.example.com."},
		{"relay.example.com.", "*.example.com"}, {"relay_1.example.com", "relay_1.example.com"}, {"relay_1.example.com", "*.example.com"}, {"127.0.0.1", "127.0.0.1"},
		{"a b", "a b"}, {"relay.example.com", "relay.example.com "}, {"relay.example.com:9900", "relay.example.com:9900"}, {"bücher.example", "*.example"},
		{"-a.example.com", "-a.example.com"}, {"-a.example.com", "*.example.com"}, {"K.example.com", "k.example.com"},
	} {
		add("authority "+pair[0]+" for SAN "+pair[1], func(t *testCase) {
			t.authority = pair[0]
			t.leaf.set(san(dnsName(pair[1])))
		})
	}
	add("TLS 1.2", func(t *testCase) { t.maxVersion = tls.VersionTLS12 })
	add("TLS 1.3", func(t *testCase) { t.minVersion = tls.VersionTLS13 })
	add("TLS 1.1", func(t *testCase) { t.minVersion, t.maxVersion = tls.VersionTLS10, tls.VersionTLS11 })
	add("no ALPN", func(t *testCase) { t.protocols = []string{} })
	add("ALPN http/1.1", func(t *testCase) { t.protocols = []string{"http/1.1"} })
	add("ALPN both", func(t *testCase) { t.protocols = []string{"http/1.1", "h2"} })
	for _, suite := range append(tls.CipherSuites(), tls.InsecureCipherSuites()...) {
		add("cipher "+suite.Name, func(t *testCase) {
			t.maxVersion, t.cipherSuites = tls.VersionTLS12, []uint16{suite.ID}
			if strings.Contains(suite.Name, "RSA") {
				t.leaf.key = keys["rsa2048"]
			}
		})
	}
	for _, kind := range []string{"p224", "rsa1024", "p521", "ed25519"} {
		add("TLS 1.2 and key "+kind, func(t *testCase) { t.maxVersion, t.leaf.key = tls.VersionTLS12, keys[kind] })
	}
	return all
}
