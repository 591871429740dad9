package main

import "os"

// generation is what differs between the product's generations; relayGeneration.ts holds their values.
type generation struct {
	// Server is the name of the relay server's objects; its logger has it, and the authority that an agent expects begins with it.
	Server string
	// Clusters is the API group and version of KubernetesClusters.
	Clusters string
	// Unregistered is what an agent without a KubernetesCluster is answered; %s is the name of its cluster.
	Unregistered string
	// Warms: the server counts and logs the agents whose state it has received.
	Warms bool
	// Approves: the server writes into the status of a KubernetesCluster that its agent has connected.
	Approves bool
	// MayIssueNothing: the server also runs without token and signing CA.
	MayIssueNothing bool
	// Renews: the agent renews a client certificate that it has not been given by its user.
	Renews bool
	// ChecksNames: the agent does not start with a client certificate without SAN.
	ChecksNames bool
	// SharedToken: the environment may say that agents prove themselves by a token alone, at every connection.
	SharedToken bool
}

func (g generation) authority() string { return g.Server + ".gloo-mesh" }

func (g generation) clustersPath(namespace string) string {
	return "/apis/" + g.Clusters + "/namespaces/" + namespace + "/kubernetesclusters"
}

// sharedToken is what an agent shows and a server demands instead of a client certificate; "" means that certificates count.
func (g generation) sharedToken() string {
	if !g.SharedToken {
		return ""
	}
	return os.Getenv("RELAY_TOKEN")
}

func (g generation) demandsSharedToken() bool {
	return g.SharedToken && os.Getenv("RELAY_DISABLE_CLIENT_CERTIFICATE_AUTHENTICATION") == "true"
}

func (g generation) trustsEveryServer() bool {
	return g.SharedToken && os.Getenv("RELAY_DISABLE_SERVER_CERTIFICATE_VALIDATION") == "true"
}
