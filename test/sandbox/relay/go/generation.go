package main

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
}

func (g generation) authority() string { return g.Server + ".gloo-mesh" }

func (g generation) clustersPath(namespace string) string {
	return "/apis/" + g.Clusters + "/namespaces/" + namespace + "/kubernetesclusters"
}
