package main

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"go.uber.org/zap"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/peer"
	"google.golang.org/grpc/status"
)

// relayServer serves the two methods of the relay.
type relayServer struct {
	state    *hubState
	log      *zap.Logger
	sessions sessions
	version  string
	// generation decides what is logged, counted and written.
	generation generation
	// insecure: the server speaks plain text and believes the cluster name that an agent claims.
	insecure bool
}

func (s *relayServer) bootstrap(ctx context.Context, request *bootstrapRequest) (*bootstrapResponse, error) {
	response, err := s.issue(ctx, request)
	if err != nil {
		return nil, s.refuse(ctx, err)
	}
	s.log.Named("relay-ca").Info("issued client certificate", caller(ctx)...)
	return response, nil
}

func (s *relayServer) issue(ctx context.Context, request *bootstrapRequest) (*bootstrapResponse, error) {
	token, err := s.state.value(tokenSecret, "token")
	if err != nil {
		return nil, err
	}
	if subtle.ConstantTimeCompare([]byte(request.Token), token) == 0 {
		return nil, status.Error(codes.Unauthenticated, "identity token is not valid")
	}
	if err := s.demandRegistration(ctx, request.Cluster); err != nil {
		return nil, err
	}
	authority, err := s.state.authority()
	if err != nil {
		return nil, err
	}
	root, err := s.state.value(rootSecret, "ca.crt")
	if err != nil {
		return nil, err
	}
	chain, err := signClientRequest(authority, request.Cluster, request.Request)
	if err != nil {
		return nil, status.Errorf(codes.InvalidArgument, "certificate request is not acceptable: %v", err)
	}
	return &bootstrapResponse{CertificateChain: chain, CA: string(root)}, nil
}

func (s *relayServer) connect(stream grpc.ServerStream) error {
	ctx := stream.Context()
	cluster, err := s.clusterOf(ctx)
	if err == nil {
		err = s.demandRegistration(ctx, cluster)
	}
	if err == nil {
		err = s.serve(stream, cluster)
	}
	if errors.Is(err, io.EOF) || ctx.Err() != nil {
		return nil
	}
	return s.refuse(ctx, err)
}

func (s *relayServer) serve(stream grpc.ServerStream, cluster string) error {
	ctx := stream.Context()
	session := s.sessions.add(cluster)
	defer func() {
		s.sessions.remove(cluster, session)
		s.log.Named("relay-server").Info("agent disconnected", caller(ctx)...)
	}()
	s.log.Named("relay-server").Info("agent connected", caller(ctx)...)
	if s.generation.Approves {
		if err := s.state.approve(ctx, cluster); err != nil {
			s.log.Named("relay-server").Error("cannot write the status of KubernetesCluster "+cluster, zap.Error(err))
		}
	}
	if err := stream.SendMsg(serverMessage{Nonce: "1", ServerVersion: s.version}); err != nil {
		return err
	}
	ended := make(chan error, 1)
	go func() {
		for {
			message := agentMessage{}
			if err := stream.RecvMsg(&message); err != nil {
				ended <- err
				return
			}
			// In the words of the product.
			text := "recieved request for delta: response_nonce:" + strconv.Quote(message.ResponseNonce)
			s.log.Named("pull-resource-deltas").Debug(text, caller(ctx)...)
			if s.generation.Warms && s.sessions.warm(cluster, session) {
				s.log.Named("relay-server").Info("client cluster " + cluster + " warmed")
			}
		}
	}()
	select {
	case <-session:
		return s.notRegistered(cluster)
	case err := <-ended:
		return err
	}
}

// clusterOf is the cluster that the agent speaks for, provided that its certificate names it as SAN DNS. The CN is ignored: vendors' own
// scripts put other things there.
func (s *relayServer) clusterOf(ctx context.Context) (string, error) {
	claimed := strings.Join(metadata.ValueFromIncomingContext(ctx, clusterID), ",")
	if s.insecure {
		return claimed, nil
	}
	client, _ := peer.FromContext(ctx)
	info, _ := client.AuthInfo.(credentials.TLSInfo)
	if len(info.State.VerifiedChains) == 0 {
		return "", status.Error(codes.Unauthenticated, "no valid client certificate was presented")
	}
	names := info.State.VerifiedChains[0][0].DNSNames
	if slices.Contains(names, claimed) {
		return claimed, nil
	}
	if len(names) == 0 {
		names = []string{"no name"}
	}
	return "", status.Errorf(codes.Unauthenticated, "client certificate is valid for %s, not %s", strings.Join(names, ", "), claimed)
}

func (s *relayServer) demandRegistration(ctx context.Context, cluster string) error {
	registered, err := s.state.isRegistered(ctx, cluster)
	if err == nil && !registered {
		err = s.notRegistered(cluster)
	}
	return err
}

func (s *relayServer) notRegistered(cluster string) error {
	return status.Error(codes.NotFound, fmt.Sprintf(s.generation.Unregistered, cluster))
}

func (s *relayServer) refuse(ctx context.Context, err error) error {
	answer, known := status.FromError(err)
	if !known {
		answer = status.New(codes.Internal, err.Error())
	}
	fields := append(caller(ctx), zap.Stringer("code", answer.Code()), zap.String("error", answer.Message()))
	s.log.Named("relay-server").Error("refused agent", fields...)
	return answer.Err()
}

func caller(ctx context.Context) []zap.Field {
	headers, _ := metadata.FromIncomingContext(ctx)
	client, _ := peer.FromContext(ctx)
	return []zap.Field{zap.Any("metadata", headers), zap.Stringer("peer", client.Addr)}
}
