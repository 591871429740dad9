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
	// open says of each session of a cluster whether it is warm: its agent has sent its state.
	open   map[string]map[chan struct{}]bool
	gauges []gauge
}

type gauge struct {
	name, help string
	counts     func(warm bool) bool
}

// start lets the sessions be counted, also by warmth in the generations that have a gauge for it.
func (s *sessions) start(warms bool) {
	s.open = map[string]map[chan struct{}]bool{}
	every := func(bool) bool { return true }
	s.gauges = []gauge{
		{"relay_push_clients_connected", "Relay push clients (Relay Agents)", every},
		{"relay_pull_clients_connected", "Relay pull clients (Relay Agents and Dashboards)", every},
	}
	if warms {
		warmed := func(warm bool) bool { return warm }
		s.gauges = append(s.gauges, gauge{"relay_push_clients_warmed", "Relay push clients whose state has been received", warmed})
	}
}

// add returns a channel that is closed when the cluster is not registered any more.
func (s *sessions) add(cluster string) chan struct{} {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if s.open[cluster] == nil {
		s.open[cluster] = map[chan struct{}]bool{}
	}
	ended := make(chan struct{})
	s.open[cluster][ended] = false
	return ended
}

// warm says whether the session has become warm just now.
func (s *sessions) warm(cluster string, session chan struct{}) bool {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	warm, open := s.open[cluster][session]
	if open {
		s.open[cluster][session] = true
	}
	return open && !warm
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
	for _, gauge := range s.gauges {
		fmt.Fprintf(text, "# HELP %s %s\n# TYPE %s gauge\n", gauge.name, gauge.help, gauge.name)
		for _, cluster := range slices.Sorted(maps.Keys(s.open)) {
			count := 0
			for _, warm := range s.open[cluster] {
				if gauge.counts(warm) {
					count++
				}
			}
			fmt.Fprintf(text, "%s{cluster=%q} %d\n", gauge.name, cluster, count)
		}
	}
	return text.String()
}
