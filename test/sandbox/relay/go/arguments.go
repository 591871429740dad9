package main

import (
	"fmt"
	"strconv"
	"strings"
)

// secretReference says where a Secret is stored.
type secretReference struct{ name, namespace string }

func (s secretReference) String() string { return s.namespace + "/" + s.name }

// agentArguments is what the chart passes to the agent on its command line.
type agentArguments struct {
	relayAddress string
	// authority is the name that the server's certificate must hold, and SNI.
	authority         string
	cluster           string
	insecure          bool
	check             bool
	clientCertificate secretReference
	rootCertificate   secretReference
	identityToken     secretReference
	identityTokenKey  string
	// hasToken is false for an agent whose user provides the certificate and no token.
	hasToken bool
	// rotationRatio is the part of a certificate's life that is left when the agent renews it.
	rotationRatio float64
}

// The product's own default is not public; this is the value of its documentation's example.
const defaultRotationRatio = 0.1

// parseAgentArguments reads `--name=value` arguments; unknown ones are the concern of parts that have no stand-in. An empty namespace
// means that of the agent, an empty Secret name the product's default.
func parseAgentArguments(args []string, ownNamespace, authority string) (agentArguments, error) {
	flags := map[string]string{}
	check := false
	for _, argument := range args {
		if name, found := strings.CutPrefix(argument, "--"); found {
			key, value, given := strings.Cut(name, "=")
			if !given {
				value = "true"
			}
			flags[key] = value
		}
		check = check || argument == "check"
	}
	or := func(name, fallback string) string {
		if value := flags[name]; value != "" {
			return value
		}
		return fallback
	}
	secret := func(prefix, name string) secretReference {
		return secretReference{or(prefix+"-name", name), or(prefix+"-namespace", ownNamespace)}
	}
	for _, name := range []string{"relay-address", "cluster"} {
		if flags[name] == "" {
			return agentArguments{}, fmt.Errorf("--%s must not be empty", name)
		}
	}
	_, hasToken := flags["relay-identity-token-secret-name"]
	ratio := defaultRotationRatio
	if given := flags["relay-client-cert-rotation-grace-period-ratio"]; given != "" {
		var err error
		if ratio, err = strconv.ParseFloat(given, 64); err != nil {
			return agentArguments{}, err
		}
	}
	return agentArguments{
		relayAddress:      flags["relay-address"],
		authority:         or("relay-authority", authority),
		cluster:           flags["cluster"],
		insecure:          flags["relay-insecure"] == "true",
		check:             check,
		clientCertificate: secret("relay-client-cert-secret", "relay-client-tls-secret"),
		rootCertificate:   secret("relay-root-cert-secret", "relay-root-tls-secret"),
		identityToken:     secret("relay-identity-token-secret", "relay-identity-token-secret"),
		identityTokenKey:  or("relay-identity-token-secret-key", "token"),
		hasToken:          hasToken,
		rotationRatio:     ratio,
	}, nil
}
