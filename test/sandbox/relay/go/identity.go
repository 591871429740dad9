package main

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"

	"go.uber.org/zap"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
)

// identity is whom an agent trusts and, once it has a certificate, what it proves itself with: the keys of a client certificate Secret.
type identity map[string][]byte

// transport has the client certificate of an earlier start or of the user, or asks for one. The agent reads its Secrets only when it starts.
func (a *agent) transport(ctx context.Context) (credentials.TransportCredentials, error) {
	if a.args.insecure {
		return insecure.NewCredentials(), nil
	}
	if a.pod.Generation.sharedToken() != "" {
		return a.tokenTransport(ctx)
	}
	own, err := a.storedIdentity(ctx)
	if err == nil && own == nil {
		own, err = a.obtainCertificate(ctx)
	}
	if err != nil {
		return nil, err
	}
	if err := a.checkNames(own); err != nil {
		return nil, err
	}
	if a.pod.Generation.Renews && a.args.hasToken {
		return a.renewingTransport(ctx, own)
	}
	return a.credentials(own)
}

// tokenTransport is one-way TLS: the agent proves itself by the token that it shows with every call.
func (a *agent) tokenTransport(ctx context.Context) (credentials.TransportCredentials, error) {
	if a.pod.Generation.trustsEveryServer() {
		return credentials.NewTLS(&tls.Config{InsecureSkipVerify: true}), nil
	}
	ca, err := a.demand(ctx, a.args.rootCertificate, "ca.crt")
	if err != nil {
		return nil, err
	}
	return a.credentials(identity{"ca.crt": ca})
}

// checkNames refuses a client certificate without SAN where the product does; its own text is not public.
func (a *agent) checkNames(own identity) error {
	if !a.pod.Generation.ChecksNames {
		return nil
	}
	pair, err := tls.X509KeyPair(own["tls.crt"], own["tls.key"])
	if err == nil && len(pair.Leaf.DNSNames) == 0 {
		return errors.New("client certificate has no subject alternative name")
	}
	// What else is wrong with it shows where it is loaded.
	return nil
}

// storedIdentity is nil unless the Secret has all three keys.
func (a *agent) storedIdentity(ctx context.Context) (identity, error) {
	if a.args.insecure {
		return nil, nil
	}
	data, err := a.api.secret(ctx, a.args.clientCertificate)
	for _, key := range []string{"ca.crt", "tls.crt", "tls.key"} {
		if len(data[key]) == 0 {
			return nil, err
		}
	}
	return data, err
}

// credentials of nil are those of plain text.
func (a *agent) credentials(own identity) (credentials.TransportCredentials, error) {
	if own == nil {
		return insecure.NewCredentials(), nil
	}
	config := &tls.Config{ServerName: a.args.authority, RootCAs: x509.NewCertPool()}
	if !config.RootCAs.AppendCertsFromPEM(own["ca.crt"]) {
		return nil, errors.New("failed to append root CA: ca.crt holds no PEM certificate")
	}
	if own["tls.crt"] != nil {
		certificate, err := tls.X509KeyPair(own["tls.crt"], own["tls.key"])
		if err != nil {
			return nil, fmt.Errorf("failed to load client certificate: %w", err)
		}
		config.Certificates = []tls.Certificate{certificate}
	}
	return credentials.NewTLS(config), nil
}

// obtainCertificate trades the token for a client certificate and stores it where the next start looks for it.
func (a *agent) obtainCertificate(ctx context.Context) (identity, error) {
	ca, err := a.demand(ctx, a.args.rootCertificate, "ca.crt")
	if err != nil {
		return nil, err
	}
	if a.pod.Generation.Renews && !a.args.hasToken {
		return nil, fmt.Errorf("Secret %s holds no complete client certificate, and no identity token is configured", a.args.clientCertificate)
	}
	token, err := a.demand(ctx, a.args.identityToken, a.args.identityTokenKey)
	if err != nil {
		return nil, err
	}
	transport, err := a.credentials(identity{"ca.crt": ca})
	if err != nil {
		return nil, err
	}
	a.log.Info("no client certificate yet, requesting one", zap.String("address", a.args.relayAddress))
	var issued identity
	err = a.retrying(ctx, "cannot obtain a client certificate", func(func()) (err error) {
		issued, err = a.requestCertificate(ctx, transport, string(token))
		return err
	})
	if err != nil {
		return nil, err
	}
	if err := sleep(ctx, seconds(a.pod.Agent.CertificateDelaySeconds)); err != nil {
		return nil, err
	}
	if err := a.api.writeSecret(ctx, a.args.clientCertificate, issued); err != nil {
		return nil, err
	}
	a.log.Info("stored client certificate", zap.Stringer("secret", a.args.clientCertificate))
	return issued, nil
}

// requestCertificate makes one attempt to get a certificate for a fresh key.
func (a *agent) requestCertificate(ctx context.Context, transport credentials.TransportCredentials, token string) (identity, error) {
	request, key, err := signingRequest(a.args.cluster)
	if err != nil {
		return nil, err
	}
	response, err := a.bootstrap(ctx, transport, bootstrapRequest{a.args.cluster, token, request})
	if err != nil {
		return nil, err
	}
	return identity{"ca.crt": []byte(response.CA), "tls.crt": []byte(response.CertificateChain), "tls.key": key}, nil
}

func (a *agent) demand(ctx context.Context, reference secretReference, key string) ([]byte, error) {
	data, err := a.api.secret(ctx, reference)
	switch {
	case err != nil:
		return nil, err
	case data == nil:
		return nil, fmt.Errorf("Secret %s not found", reference)
	case len(data[key]) == 0:
		return nil, fmt.Errorf("Secret %s has no data for key %s", reference, key)
	}
	return data[key], nil
}

// signingRequest is a request for CN and SAN DNS = cluster name, and the fresh key that stays with the agent. Both PEM.
func signingRequest(cluster string) (request string, privateKey []byte, err error) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return "", nil, err
	}
	template := &x509.CertificateRequest{Subject: pkix.Name{CommonName: cluster}, DNSNames: []string{cluster}}
	der, err := x509.CreateCertificateRequest(rand.Reader, template, key)
	if err != nil {
		return "", nil, err
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return "", nil, err
	}
	return toPEM("CERTIFICATE REQUEST", der), []byte(toPEM("PRIVATE KEY", pkcs8)), nil
}

func toPEM(kind string, der []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
}
