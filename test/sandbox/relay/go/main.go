// Relay server and relay agent of the sandbox: `relay server|agent [arguments of the container]`.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	log := zap.New(zapcore.NewCore(
		zapcore.NewJSONEncoder(zap.NewProductionEncoderConfig()), zapcore.AddSync(os.Stdout), zap.DebugLevel))
	own, err := readPod(os.Stdin)
	if err != nil {
		log.Fatal("cannot read the pod", zap.Error(err))
	}
	programs := map[string]func(context.Context, *pod, *zap.Logger, []string) error{"agent": runAgent, "server": runServer}
	name := map[string]string{"agent": "relay-agent", "server": own.Generation.Server}[os.Args[1]]
	err = programs[os.Args[1]](ctx, own, log, os.Args[2:])
	// Whoever is told to end has not failed, whatever the end has broken off.
	if err != nil && ctx.Err() == nil {
		log.Named(name).Fatal(name+" stopped", zap.Error(err))
	}
}
