package main

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strings"
	"time"

	"go.uber.org/zap"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/keepalive"
)

const (
	grpcPort    = 9900
	metricsPort = 9091
)

// serverOptions: RelayServerOptions documents them. Version is that of a server whose image has no tag.
type serverOptions struct {
	Port                     int
	Version                  string
	Insecure                 *bool
	ClientCertificateSeconds float64
	RenewalDemandsToken      bool
	ApprovesUnseen           bool
}

// runServer serves until the context ends. It fails when something that it needs is missing in the API of its cluster.
func runServer(ctx context.Context, own *pod, log *zap.Logger, args []string) error {
	insecure := slices.Contains(args, "--insecure=true")
	if own.Server.Insecure != nil {
		insecure = *own.Server.Insecure
	}
	service := &relayServer{
		log: log, insecure: insecure, version: own.Server.Version, generation: own.Generation, options: own.Server,
	}
	service.sessions.start(own.Generation.Warms)
	if tag := strings.TrimPrefix(own.version(), "v"); tag != "" {
		service.version = tag
	}
	state, err := startHubState(ctx, own, log, insecure, service.sessions.disconnect)
	if err != nil {
		return fmt.Errorf("cannot read the relay configuration: %w", err)
	}
	service.state = state
	if own.Server.ApprovesUnseen {
		if err := state.approveAll(ctx); err != nil {
			return fmt.Errorf("cannot write the status of KubernetesClusters: %w", err)
		}
	}
	options := []grpc.ServerOption{
		grpc.ForceServerCodec(jsonCodec{}),
		grpc.KeepaliveParams(keepalive.ServerParameters{Time: 10 * time.Second, Timeout: 5 * time.Second}),
		grpc.KeepaliveEnforcementPolicy(keepalive.EnforcementPolicy{MinTime: 5 * time.Second, PermitWithoutStream: true}),
	}
	if !insecure {
		options = append(options, grpc.Creds(credentials.NewTLS(&tls.Config{GetConfigForClient: state.tlsConfig})))
	}
	server := grpc.NewServer(options...)
	server.RegisterService(&relayService, service)
	listener, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", own.Server.Port))
	if err != nil {
		return err
	}
	metrics, err := serveMetrics(service.sessions.metrics)
	if err != nil {
		return err
	}
	if err := tellListening(grpcPort, own.Server.Port); err != nil {
		return err
	}
	if err := tellListening(metricsPort, metrics); err != nil {
		return err
	}
	log.Named(own.Generation.Server).Info("relay server is listening", zap.Int("port", grpcPort))
	if err := tellReady(); err != nil {
		return err
	}
	context.AfterFunc(ctx, server.Stop)
	return server.Serve(listener)
}

// serveMetrics serves `/metrics` on a free local port, which it returns.
func serveMetrics(render func() string) (int, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	routes := http.NewServeMux()
	routes.HandleFunc("GET /metrics", func(answer http.ResponseWriter, _ *http.Request) {
		answer.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
		_, _ = answer.Write([]byte(render()))
	})
	go func() { _ = http.Serve(listener, routes) }()
	return listener.Addr().(*net.TCPAddr).Port, nil
}
