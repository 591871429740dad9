package main

import (
	"context"
	"encoding/json"

	"google.golang.org/grpc"
)

// The wire format of the product is not public; method names and JSON messages are ours, so that no real agent or server can talk to
// it by accident.
const (
	bootstrapMethod = "/sandbox.Relay/Bootstrap"
	connectMethod   = "/sandbox.Relay/Connect"
	// clusterID is the metadata key by which an agent says which cluster it speaks for.
	clusterID = "x-cluster-id"
	// sharedTokenKey is the metadata key of a token that takes the place of a client certificate.
	sharedTokenKey = "x-relay-token"
)

// bootstrapRequest is what the agent sends once, over one-way TLS, and to renew, over mutual TLS. Request is the PEM of a certificate
// signing request; Token may be empty in a renewal.
type bootstrapRequest struct{ Cluster, Token, Request string }

// bootstrapResponse is the issued certificate with its intermediates, and the root against which it verifies.
type bootstrapResponse struct{ CertificateChain, CA string }

// agentMessage acknowledges what the agent has received so far.
type agentMessage struct{ ResponseNonce string }

// serverMessage: the first one means that the session is accepted.
type serverMessage struct{ Nonce, ServerVersion string }

// relayHandlers serves the two methods.
type relayHandlers interface {
	bootstrap(context.Context, *bootstrapRequest) (*bootstrapResponse, error)
	connect(grpc.ServerStream) error
}

var relayService = grpc.ServiceDesc{
	ServiceName: "sandbox.Relay",
	HandlerType: (*relayHandlers)(nil),
	Methods: []grpc.MethodDesc{{
		MethodName: "Bootstrap",
		Handler: func(service any, ctx context.Context, decode func(any) error, _ grpc.UnaryServerInterceptor) (any, error) {
			request := &bootstrapRequest{}
			if err := decode(request); err != nil {
				return nil, err
			}
			return service.(relayHandlers).bootstrap(ctx, request)
		},
	}},
	Streams: []grpc.StreamDesc{sessionStream},
}

var sessionStream = grpc.StreamDesc{
	StreamName:    "Connect",
	Handler:       func(service any, stream grpc.ServerStream) error { return service.(relayHandlers).connect(stream) },
	ServerStreams: true,
	ClientStreams: true,
}

// jsonCodec has no name, so that the content type is the plain `application/grpc`.
type jsonCodec struct{}

func (jsonCodec) Marshal(message any) ([]byte, error)      { return json.Marshal(message) }
func (jsonCodec) Unmarshal(data []byte, message any) error { return json.Unmarshal(data, message) }
func (jsonCodec) Name() string                             { return "" }
