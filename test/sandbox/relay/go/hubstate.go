package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"sync"

	"go.uber.org/zap"
)

const (
	rootSecret    = "relay-root-tls-secret"
	signingSecret = "relay-tls-signing-secret"
	serverSecret  = "relay-server-tls-secret"
	tokenSecret   = "relay-identity-token-secret"
)

// hubState is what the relay server knows from the API of its cluster, kept current by watches: its certificates, the bootstrap token and
// which clusters are registered. A replaced Secret takes effect for new connections without a restart.
type hubState struct {
	api       *api
	namespace string
	clusters  string
	log       *zap.Logger

	mutex     sync.Mutex
	secrets   map[string]map[string][]byte
	transport *tls.Config
}

// startHubState reads everything once and then watches. It fails when a Secret that is needed is missing or unusable, or the CRD is not
// installed. unregistered hears of each KubernetesCluster that has been deleted.
func startHubState(ctx context.Context, own *pod, log *zap.Logger, insecure bool, unregistered func(string)) (*hubState, error) {
	client, err := newAPI(own.API)
	if err != nil {
		return nil, err
	}
	state := &hubState{
		api:       client,
		namespace: own.Namespace,
		clusters:  own.Generation.clustersPath(own.Namespace),
		log:       log.Named("relay-secrets"),
		secrets:   map[string]map[string][]byte{},
	}
	secrets, secretsVersion, err := client.list(ctx, secretsPath(own.Namespace))
	if err != nil {
		return nil, err
	}
	clusters, clustersVersion, err := client.list(ctx, state.clusters)
	if err != nil {
		return nil, err
	}
	for _, secret := range secrets {
		state.secrets[secret.Metadata.Name] = secret.Data
	}
	if !insecure {
		if state.transport, err = state.readTransport(); err != nil {
			return nil, err
		}
		if err := state.demandIssuing(); err != nil && !own.Generation.MayIssueNothing {
			return nil, err
		}
	}
	go client.follow(ctx, secretsPath(own.Namespace), secretsVersion, secrets, state.takeUp)
	registered := names(clusters)
	go client.follow(ctx, state.clusters, clustersVersion, clusters, func(all []object) {
		before := registered
		registered = names(all)
		if own.Server.ApprovesUnseen {
			if err := state.approveAll(ctx); err != nil {
				log.Error("cannot write the status of KubernetesClusters", zap.Error(err))
			}
		}
		for name := range before {
			if !registered[name] {
				unregistered(name)
			}
		}
	})
	return state, nil
}

func names(objects []object) map[string]bool {
	all := map[string]bool{}
	for _, one := range objects {
		all[one.Metadata.Name] = true
	}
	return all
}

// demandIssuing fails unless the server can issue client certificates.
func (s *hubState) demandIssuing() error {
	if _, err := s.authority(); err != nil {
		return err
	}
	_, err := s.value(tokenSecret, "token")
	return err
}

// value is one key of a Secret. It fails when that is missing or empty.
func (s *hubState) value(secret, key string) ([]byte, error) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if value := s.secrets[secret][key]; len(value) > 0 {
		return value, nil
	}
	return nil, fmt.Errorf("Secret %s/%s has no %s", s.namespace, secret, key)
}

// authority is the CA that signs clients.
func (s *hubState) authority() (*tls.Certificate, error) { return s.keyPair(signingSecret) }

func (s *hubState) keyPair(secret string) (*tls.Certificate, error) {
	certificate, err := s.value(secret, "tls.crt")
	if err != nil {
		return nil, err
	}
	key, err := s.value(secret, "tls.key")
	if err != nil {
		return nil, err
	}
	pair, err := tls.X509KeyPair(certificate, key)
	return &pair, err
}

// isRegistered asks the API server: a watch may lag behind the creation.
func (s *hubState) isRegistered(ctx context.Context, cluster string) (bool, error) {
	var found object
	err := s.api.call(ctx, http.MethodGet, s.clusters+"/"+url.PathEscape(cluster), nil, &found)
	if isStatus(err, http.StatusNotFound) {
		return false, nil
	}
	return err == nil, err
}

// approveAll is what a server does that accepts clusters without having seen their agents.
func (s *hubState) approveAll(ctx context.Context) error {
	clusters, _, err := s.api.list(ctx, s.clusters)
	for _, cluster := range clusters {
		if cluster.Status.Common.State.ObservedGeneration != cluster.Metadata.Generation && err == nil {
			err = s.approve(ctx, cluster.Metadata.Name)
		}
	}
	return err
}

// approve writes into the status of a KubernetesCluster that it is accepted as it is now.
func (s *hubState) approve(ctx context.Context, cluster string) error {
	path := s.clusters + "/" + url.PathEscape(cluster)
	var found object
	if err := s.api.call(ctx, http.MethodGet, path, nil, &found); err != nil {
		return err
	}
	state := map[string]any{"approval": "ACCEPTED", "observedGeneration": found.Metadata.Generation}
	body := map[string]any{"status": map[string]any{"common": map[string]any{"State": state}}}
	return s.api.call(ctx, http.MethodPatch, path+"/status", body, &found)
}

// tlsConfig is that of the newest usable server certificate.
func (s *hubState) tlsConfig(*tls.ClientHelloInfo) (*tls.Config, error) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return s.transport, nil
}

// A client certificate is verified but not demanded: an agent that bootstraps has none yet.
func (s *hubState) readTransport() (*tls.Config, error) {
	ca, err := s.value(serverSecret, "ca.crt")
	if err != nil {
		return nil, err
	}
	pair, err := s.keyPair(serverSecret)
	if err != nil {
		return nil, err
	}
	clients := x509.NewCertPool()
	clients.AppendCertsFromPEM(ca)
	return &tls.Config{
		Certificates: []tls.Certificate{*pair},
		ClientCAs:    clients,
		ClientAuth:   tls.VerifyClientCertIfGiven,
		NextProtos:   []string{"h2"},
	}, nil
}

func (s *hubState) takeUp(secrets []object) {
	for _, secret := range secrets {
		name := secret.Metadata.Name
		s.mutex.Lock()
		same := maps.EqualFunc(s.secrets[name], secret.Data, bytes.Equal)
		s.secrets[name] = secret.Data
		s.mutex.Unlock()
		if same {
			continue
		}
		if name == serverSecret {
			transport, err := s.readTransport()
			if err != nil {
				s.log.Error("replaced Secret cannot be used", zap.String("secret", name), zap.Error(err))
				continue
			}
			s.mutex.Lock()
			s.transport = transport
			s.mutex.Unlock()
		}
		s.log.Info("took up replaced Secret", zap.String("secret", name))
	}
}
