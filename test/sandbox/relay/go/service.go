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
	options  serverOptions
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
	text := "issued client certificate"
	if s.isCertified(ctx, request.Cluster) {
		text = "renewed client certificate"
	}
	s.log.Named("relay-ca").Info(text, caller(ctx)...)
	return response, nil
}

// isCertified says whether the caller has proved by a client certificate that it speaks for this cluster.
func (s *relayServer) isCertified(ctx context.Context, cluster string) bool {
	if !s.generation.Renews || s.generation.demandsSharedToken() {
		return false
	}
	proved, err := s.clusterOf(ctx)
	return err == nil && proved == cluster
}

// demandPermission is that a certificate may be issued: for the token, or where the server renews, for the certificate so far.
func (s *relayServer) demandPermission(ctx context.Context, request *bootstrapRequest) error {
	if !s.options.RenewalDemandsToken && s.isCertified(ctx, request.Cluster) {
		return nil
	}
	token, err := s.state.value(tokenSecret, "token")
	if err != nil {
		return s.orIssuesNothing(err)
	}
	if subtle.ConstantTimeCompare([]byte(request.Token), token) == 0 {
		return status.Error(codes.Unauthenticated, "identity token is not valid")
	}
	return nil
}

func (s *relayServer) orIssuesNothing(missing error) error {
	if s.generation.MayIssueNothing {
		return status.Error(codes.Unimplemented, "this server issues no client certificates")
	}
	return missing
}

func (s *relayServer) issue(ctx context.Context, request *bootstrapRequest) (*bootstrapResponse, error) {
	if err := s.demandPermission(ctx, request); err != nil {
		return nil, err
	}
	if err := s.demandRegistration(ctx, request.Cluster); err != nil {
		return nil, err
	}
	authority, err := s.state.authority()
	if err != nil {
		return nil, s.orIssuesNothing(err)
	}
	root, err := s.state.value(rootSecret, "ca.crt")
	if err != nil {
		return nil, err
	}
	chain, err := signClientRequest(authority, request.Cluster, request.Request, seconds(s.options.ClientCertificateSeconds))
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
	if s.generation.demandsSharedToken() {
		return claimed, s.demandSharedToken(ctx)
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

func (s *relayServer) demandSharedToken(ctx context.Context) error {
	shown := strings.Join(metadata.ValueFromIncomingContext(ctx, sharedTokenKey), ",")
	wanted := s.generation.sharedToken()
	if wanted == "" || subtle.ConstantTimeCompare([]byte(shown), []byte(wanted)) == 0 {
		return status.Error(codes.Unauthenticated, "relay token is not valid")
	}
	return nil
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
	headers = headers.Copy()
	headers.Delete(sharedTokenKey)
	client, _ := peer.FromContext(ctx)
	return []zap.Field{zap.Any("metadata", headers), zap.Stringer("peer", client.Addr)}
}
