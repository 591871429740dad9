package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
)

// sessions are whom the server serves now. A cluster that has been connected once stays visible with 0.
type sessions struct {
	mutex sync.Mutex
	open  map[string]map[chan struct{}]bool
}

// add returns a channel that is closed when the cluster is not registered any more.
func (s *sessions) add(cluster string) chan struct{} {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if s.open[cluster] == nil {
		s.open[cluster] = map[chan struct{}]bool{}
	}
	ended := make(chan struct{})
	s.open[cluster][ended] = true
	return ended
}

func (s *sessions) remove(cluster string, session chan struct{}) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	delete(s.open[cluster], session)
}

// disconnect ends all sessions of a cluster.
func (s *sessions) disconnect(cluster string) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	for session := range s.open[cluster] {
		close(session)
		delete(s.open[cluster], session)
	}
}

// metrics are the gauges of connected clients in the text format of Prometheus.
func (s *sessions) metrics() string {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	text := &strings.Builder{}
	for _, gauge := range [][2]string{
		{"relay_push_clients_connected", "Relay push clients (Relay Agents)"},
		{"relay_pull_clients_connected", "Relay pull clients (Relay Agents and Dashboards)"},
	} {
		fmt.Fprintf(text, "# HELP %s %s\n# TYPE %s gauge\n", gauge[0], gauge[1], gauge[0])
		for _, cluster := range slices.Sorted(maps.Keys(s.open)) {
			fmt.Fprintf(text, "%s{cluster=%q} %d\n", gauge[0], cluster, len(s.open[cluster]))
		}
	}
	return text.String()
}
