package main

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"slices"
	"time"
)

// result is a case as the tests read it: what is judged, Go's verdict and why.
type result struct {
	Kind      string `json:"kind"`
	Name      string `json:"name"`
	Accepted  bool   `json:"accepted"`
	Tolerated bool   `json:"tolerated"` // accepted when the clock is 300 s further
	Reason    string `json:"reason"`

	Certificate []byte `json:"certificate,omitempty"` // PEM of tls.crt
	Key         []byte `json:"key,omitempty"`         // PEM of tls.key
	CA          []byte `json:"ca,omitempty"`          // PEM of ca.crt
	ClusterName string `json:"clusterName,omitempty"`

	Address   string `json:"address,omitempty"` // a server that presents the certificate
	Authority string `json:"authority,omitempty"`

	Roots []byte `json:"roots"` // PEM of the root CA that the other side trusts
}

const tolerance = 300 * time.Second

// judgeClient judges a Secret as a relay server on grpc-go judges the agent that uses it.
func judgeClient(t *testCase, name string) result {
	r := result{
		Kind: "client", Name: name, ClusterName: t.clusterName,
		Certificate: []byte(t.certificate(bundle(t.sent))), Key: []byte(t.key(t.leaf.key)),
		CA: []byte(t.ca(bundle(t.beside))), Roots: []byte(t.roots(bundle(t.trusted))),
	}
	err := clientFault(&r, time.Now())
	r.Accepted, r.Reason = err == nil, reasonOf(err)
	r.Tolerated = err == nil || clientFault(&r, time.Now().Add(tolerance)) == nil
	return r
}

func clientFault(r *result, now time.Time) error {
	pair, err := tls.X509KeyPair(r.Certificate, r.Key)
	if err != nil {
		return err
	}
	if !x509.NewCertPool().AppendCertsFromPEM(r.CA) {
		return errors.New("ca.crt holds no certificate, so the agent trusts no relay server")
	}
	if !slices.Contains(pair.Leaf.DNSNames, r.ClusterName) {
		return fmt.Errorf("the certificate is for %q", pair.Leaf.DNSNames)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(r.Roots)
	clock := func() time.Time { return now }
	server := &tls.Config{
		Certificates: []tls.Certificate{ownCertificate}, ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: roots,
		NextProtos: []string{"h2"}, Time: clock, SessionTicketsDisabled: true,
	}
	client := &tls.Config{Certificates: []tls.Certificate{pair}, InsecureSkipVerify: true, NextProtos: []string{"h2"}, Time: clock}
	here, there := connected()
	deadline := time.Now().Add(20 * time.Second)
	here.SetDeadline(deadline)
	there.SetDeadline(deadline)
	defer here.Close()
	defer there.Close()
	go func() {
		connection := tls.Client(here, client)
		if err := connection.Handshake(); err != nil {
			here.Close()
			return
		}
		connection.Read(make([]byte, 1)) // takes the server's alert
	}()
	return tls.Server(there, server).Handshake()
}

// connected is a pair of sockets: both sides of a pipe in memory could wait for each other when both send alerts.
func connected() (net.Conn, net.Conn) {
	here, err := net.Dial("tcp", meetingPoint.Addr().String())
	must(err)
	there, err := meetingPoint.Accept()
	must(err)
	return here, there
}

var meetingPoint = func() net.Listener {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	must(err)
	return listener
}()

// ownCertificate is the relay server's towards clients, who do not check it here.
var ownCertificate tls.Certificate

func makeOwnCertificate() {
	t := newCase(true, 0, nil)
	ownCertificate = tls.Certificate{Certificate: [][]byte{t.leaf.der()}, PrivateKey: t.leaf.key.private}
}

// judgeServer starts a relay server, and judges it as an agent on grpc-go does. The server runs until the process ends.
func judgeServer(t *testCase, name string) result {
	r := result{Kind: "server", Name: name, Authority: t.authority, Roots: []byte(t.roots(bundle(t.trusted)))}
	pair := tls.Certificate{PrivateKey: t.leaf.key.private}
	for _, one := range t.sent {
		pair.Certificate = append(pair.Certificate, one())
	}
	protocols := t.protocols
	if protocols == nil {
		protocols = []string{"h2"}
	}
	config := &tls.Config{
		Certificates: []tls.Certificate{pair}, NextProtos: protocols, MinVersion: t.minVersion, MaxVersion: t.maxVersion,
		CipherSuites: t.cipherSuites, SessionTicketsDisabled: true,
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	must(err)
	go serve(listener, config)
	r.Address = listener.Addr().String()
	err = serverFault(&r)
	r.Accepted, r.Tolerated, r.Reason = err == nil, err == nil, reasonOf(err)
	return r
}

func serve(listener net.Listener, config *tls.Config) {
	for {
		connection, err := listener.Accept()
		if err != nil {
			return
		}
		go func() {
			defer connection.Close()
			connection.SetDeadline(time.Now().Add(20 * time.Second))
			server := tls.Server(connection, config)
			if server.Handshake() == nil {
				server.Read(make([]byte, 1)) // until the client closes
			}
		}()
	}
}

func serverFault(r *result) error {
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(r.Roots)
	config := &tls.Config{RootCAs: roots, ServerName: r.Authority, NextProtos: []string{"h2"}}
	connection, err := net.Dial("tcp", r.Address)
	if err != nil {
		return err
	}
	defer connection.Close()
	connection.SetDeadline(time.Now().Add(20 * time.Second))
	return tls.Client(connection, config).Handshake()
}

func reasonOf(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}
