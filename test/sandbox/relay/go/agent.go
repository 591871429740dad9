package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"go.uber.org/zap"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// agentOptions are durations in seconds; RelayAgentOptions documents them.
type agentOptions struct {
	CertificateDelaySeconds, RetrySeconds, MaximumRetrySeconds, GiveUpSeconds, DialSeconds float64
}

func seconds(count float64) time.Duration { return time.Duration(count * float64(time.Second)) }

type agent struct {
	pod  *pod
	api  *api
	log  *zap.Logger
	args agentArguments
}

// runAgent holds a session until the context ends. It fails when something is missing, when the server refuses it, or when the server
// has been out of reach for GiveUpSeconds.
func runAgent(ctx context.Context, own *pod, log *zap.Logger, args []string) error {
	parsed, err := parseAgentArguments(args, own.Namespace, own.Generation.authority())
	if err != nil {
		return err
	}
	api, err := newAPI(own.API)
	if err != nil {
		return err
	}
	a := &agent{own, api, log.Named("relay-agent"), parsed}
	if parsed.check {
		return a.checkConnection(ctx)
	}
	a.log.Info("starting relay agent", zap.String("cluster", parsed.cluster), zap.String("version", own.version()))
	transport, err := a.transport(ctx)
	if err != nil {
		return err
	}
	return a.retrying(ctx, "cannot hold a session with the relay server", func(connected func()) error {
		return a.session(ctx, transport, func(serverVersion string) error {
			connected()
			return a.welcome(serverVersion)
		})
	})
}

func (a *agent) welcome(serverVersion string) error {
	version := a.pod.version()
	a.log.Info("connected to relay server", zap.String("cluster", a.args.cluster),
		zap.String("address", a.args.relayAddress), zap.String("serverVersion", serverVersion))
	if minor(version) != minor(serverVersion) {
		a.log.Warn("versions of relay agent and relay server differ",
			zap.String("version", version), zap.String("serverVersion", serverVersion))
	}
	return tellReady()
}

// checkConnection is what `helm test` runs: is the client certificate there, and does the server prove itself?
func (a *agent) checkConnection(ctx context.Context) error {
	identity, err := a.storedIdentity(ctx)
	if err != nil {
		return err
	}
	if !a.args.insecure && identity == nil {
		return fmt.Errorf("Secret %s holds no complete client certificate", a.args.clientCertificate)
	}
	if err := a.dialOnce(ctx, identity); err != nil {
		return err
	}
	a.log.Info("relay server is reachable", zap.String("address", a.args.relayAddress))
	return nil
}

// retrying repeats what fails for a transient reason until that has lasted too long; connected restarts that clock.
func (a *agent) retrying(ctx context.Context, problem string, attempt func(connected func()) error) error {
	options := a.pod.Agent
	pause := seconds(options.RetrySeconds)
	failingSince := time.Now()
	for {
		connected := false
		err := attempt(func() { connected = true })
		if err == nil || ctx.Err() != nil {
			return err
		}
		if connected {
			pause, failingSince = seconds(options.RetrySeconds), time.Now()
		}
		if !transient(err) || time.Since(failingSince)+pause > seconds(options.GiveUpSeconds) {
			return err
		}
		a.log.Error(problem, zap.Error(err), zap.Stringer("retryAfter", pause))
		if err := sleep(ctx, pause); err != nil {
			return err
		}
		pause = min(2*pause, seconds(options.MaximumRetrySeconds))
	}
}

func sleep(ctx context.Context, duration time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(duration):
		return nil
	}
}

// transient says whether another attempt may succeed although nobody changes anything: the server is not there or not ready.
func transient(err error) bool {
	var call interface{ GRPCStatus() *status.Status }
	if !errors.As(err, &call) {
		return false
	}
	switch call.GRPCStatus().Code() {
	case codes.Unauthenticated, codes.PermissionDenied, codes.NotFound, codes.InvalidArgument, codes.Unimplemented:
		return false
	}
	return true
}

// minor turns `v1.0.4` into `1.0`.
func minor(version string) string {
	parts := strings.Split(strings.TrimPrefix(version, "v"), ".")
	return strings.Join(parts[:min(2, len(parts))], ".")
}
