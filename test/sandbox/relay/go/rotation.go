package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"sync/atomic"
	"time"

	"go.uber.org/zap"
	"google.golang.org/grpc/credentials"
)

// renewingTransport presents the newest certificate at every handshake, and renews it in the background as long as the context lasts.
// A session that is open continues.
func (a *agent) renewingTransport(ctx context.Context, own identity) (credentials.TransportCredentials, error) {
	var current atomic.Pointer[tls.Certificate]
	first, err := tls.X509KeyPair(own["tls.crt"], own["tls.key"])
	if err != nil {
		return a.credentials(own)
	}
	current.Store(&first)
	config := &tls.Config{ServerName: a.args.authority, RootCAs: x509.NewCertPool()}
	if !config.RootCAs.AppendCertsFromPEM(own["ca.crt"]) {
		return nil, errors.New("failed to append root CA: ca.crt holds no PEM certificate")
	}
	// As crypto/tls chooses among certificates that do not change.
	config.GetClientCertificate = func(request *tls.CertificateRequestInfo) (*tls.Certificate, error) {
		if certificate := current.Load(); request.SupportsCertificate(certificate) == nil {
			return certificate, nil
		}
		return &tls.Certificate{}, nil
	}
	transport := credentials.NewTLS(config)
	go a.renewing(ctx, transport, &current)
	return transport, nil
}

// renewing replaces the certificate and its Secret whenever the agreed part of its life is left. A refusal is logged and tried again.
func (a *agent) renewing(ctx context.Context, transport credentials.TransportCredentials, current *atomic.Pointer[tls.Certificate]) {
	for sleep(ctx, time.Until(renewalOf(current.Load().Leaf, a.args.rotationRatio))) == nil {
		renewed, err := a.renew(ctx, transport)
		if err != nil {
			a.log.Error("cannot renew the client certificate", zap.Error(err))
			if sleep(ctx, seconds(a.pod.Agent.MaximumRetrySeconds)) != nil {
				return
			}
			continue
		}
		current.Store(renewed)
		a.log.Info("renewed client certificate", zap.Stringer("secret", a.args.clientCertificate))
	}
}

func (a *agent) renew(ctx context.Context, transport credentials.TransportCredentials) (*tls.Certificate, error) {
	// The token is shown if it is still there.
	data, err := a.api.secret(ctx, a.args.identityToken)
	if err != nil {
		return nil, err
	}
	issued, err := a.requestCertificate(ctx, transport, string(data[a.args.identityTokenKey]))
	if err != nil {
		return nil, err
	}
	pair, err := tls.X509KeyPair(issued["tls.crt"], issued["tls.key"])
	if err != nil {
		return nil, err
	}
	return &pair, a.api.writeSecret(ctx, a.args.clientCertificate, issued)
}

// renewalOf is when ratio × life is left.
func renewalOf(certificate *x509.Certificate, ratio float64) time.Time {
	life := certificate.NotAfter.Sub(certificate.NotBefore)
	return certificate.NotAfter.Add(-time.Duration(ratio * float64(life)))
}
