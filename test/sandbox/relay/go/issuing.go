package main

import (
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"errors"
	"math/big"
	"time"
)

var subjectAlternativeName = asn1.ObjectIdentifier{2, 5, 29, 17}

// signClientRequest issues a client certificate for the cluster over the key of the request, whatever names the request itself asks for:
// subject CN and critical SAN DNS = cluster name. It returns the leaf followed by its issuer, so that the chain verifies against
// the root alone.
func signClientRequest(authority *tls.Certificate, cluster, requestPEM string, life time.Duration) (string, error) {
	block, _ := pem.Decode([]byte(requestPEM))
	if block == nil {
		return "", errors.New("no PEM certificate request")
	}
	request, err := x509.ParseCertificateRequest(block.Bytes)
	if err != nil {
		return "", err
	}
	if err := request.CheckSignature(); err != nil {
		return "", err
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 126))
	if err != nil {
		return "", err
	}
	// A template's DNSNames would make an extension that is not critical.
	dns := asn1.RawValue{Class: asn1.ClassContextSpecific, Tag: 2, Bytes: []byte(cluster)}
	names, err := asn1.Marshal([]asn1.RawValue{dns})
	if err != nil {
		return "", err
	}
	now := time.Now()
	template := &x509.Certificate{
		SerialNumber:          serial,
		Subject:               pkix.Name{CommonName: cluster},
		NotBefore:             now,
		NotAfter:              now.Add(life),
		KeyUsage:              x509.KeyUsageDigitalSignature | x509.KeyUsageKeyEncipherment,
		ExtKeyUsage:           []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
		BasicConstraintsValid: true,
		ExtraExtensions:       []pkix.Extension{{Id: subjectAlternativeName, Critical: true, Value: names}},
	}
	leaf, err := x509.CreateCertificate(rand.Reader, template, authority.Leaf, request.PublicKey, authority.PrivateKey)
	if err != nil {
		return "", err
	}
	return toPEM("CERTIFICATE", leaf) + toPEM("CERTIFICATE", authority.Certificate[0]), nil
}
