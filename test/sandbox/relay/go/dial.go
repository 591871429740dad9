package main

import (
	"context"
	"io"
	"net"
	"strings"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/backoff"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/keepalive"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
)

const callDeadline = 10 * time.Second

// dialOptions connect as grpc.Dial does by default: the address goes to the dialer as it is, and the network resolves its name.
func (a *agent) dialOptions(transport credentials.TransportCredentials) (target string, options []grpc.DialOption) {
	return "passthrough:///" + a.args.relayAddress, []grpc.DialOption{
		grpc.WithTransportCredentials(transport),
		grpc.WithAuthority(a.args.authority),
		grpc.WithContextDialer(dial),
		grpc.WithConnectParams(grpc.ConnectParams{
			Backoff:           backoff.DefaultConfig,
			MinConnectTimeout: seconds(a.pod.Agent.DialSeconds),
		}),
		grpc.WithKeepaliveParams(keepalive.ClientParameters{Time: 10 * time.Second, Timeout: 5 * time.Second}),
		grpc.WithDefaultCallOptions(grpc.ForceCodec(jsonCodec{})),
	}
}

// dial asks nobody for a name below `.invalid`: that never resolves (RFC 6761, 6.4), and a sandbox does not reach beyond its machine.
func dial(ctx context.Context, address string) (net.Conn, error) {
	host, _, _ := net.SplitHostPort(address)
	if strings.HasSuffix(strings.TrimSuffix(host, "."), ".invalid") {
		notFound := &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: notFound}
	}
	return (&net.Dialer{}).DialContext(ctx, "tcp", address)
}

// dialOnce connects and closes again.
func (a *agent) dialOnce(ctx context.Context, own identity) error {
	transport, err := a.credentials(own)
	if err != nil {
		return err
	}
	target, options := a.dialOptions(transport)
	ctx, cancel := context.WithTimeout(ctx, seconds(a.pod.Agent.DialSeconds))
	defer cancel()
	options = append(options, grpc.WithBlock(), grpc.WithReturnConnectionError(), grpc.FailOnNonTempDialError(true))
	connection, err := grpc.DialContext(ctx, target, options...)
	if err != nil {
		return err
	}
	return connection.Close()
}

func (a *agent) call(ctx context.Context) context.Context {
	ctx = metadata.AppendToOutgoingContext(ctx, clusterID, a.args.cluster)
	if token := a.pod.Generation.sharedToken(); token != "" {
		ctx = metadata.AppendToOutgoingContext(ctx, sharedTokenKey, token)
	}
	return ctx
}

// bootstrap makes one attempt.
func (a *agent) bootstrap(ctx context.Context, transport credentials.TransportCredentials, request bootstrapRequest) (*bootstrapResponse, error) {
	target, options := a.dialOptions(transport)
	connection, err := grpc.NewClient(target, options...)
	if err != nil {
		return nil, err
	}
	defer connection.Close()
	ctx, cancel := context.WithTimeout(a.call(ctx), callDeadline)
	defer cancel()
	response := &bootstrapResponse{}
	return response, connection.Invoke(ctx, bootstrapMethod, request, response)
}

// session lasts until it breaks. accepted hears the version of the server once the server has accepted it.
func (a *agent) session(ctx context.Context, transport credentials.TransportCredentials, accepted func(serverVersion string) error) error {
	target, options := a.dialOptions(transport)
	connection, err := grpc.NewClient(target, options...)
	if err != nil {
		return err
	}
	defer connection.Close()
	stream, err := connection.NewStream(a.call(ctx), &sessionStream, connectMethod)
	if err != nil {
		return err
	}
	for known := false; ; known = true {
		message := serverMessage{}
		if err := stream.RecvMsg(&message); err == io.EOF {
			return status.Error(codes.Unavailable, `connection error: desc = "transport: EOF"`)
		} else if err != nil {
			return err
		}
		if !known {
			if err := accepted(message.ServerVersion); err != nil {
				return err
			}
		}
		// A failed send shows at the next receive, with its reason.
		_ = stream.SendMsg(agentMessage{ResponseNonce: message.Nonce})
	}
}
