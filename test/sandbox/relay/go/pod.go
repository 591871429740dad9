package main

import (
	"bufio"
	"encoding/json"
	"io"
	"os"
	"strings"
)

// pod is what a program learns from the sandbox: the first line of its standard input.
type pod struct {
	Namespace  string
	Image      string
	API        apiAccess
	Generation generation
	Agent      agentOptions
	Server     serverOptions
}

// readPod reads the first line. The end of the input is the end of the sandbox, however it ended: this program goes with it.
func readPod(input io.Reader) (*pod, error) {
	reader := bufio.NewReader(input)
	line, err := reader.ReadBytes('\n')
	if err != nil {
		return nil, err
	}
	go func() {
		_, _ = io.Copy(io.Discard, reader)
		os.Exit(1)
	}()
	own := &pod{}
	return own, json.Unmarshal(line, own)
}

// control is the sandbox's ear beside the log: one JSON object a line.
var control = json.NewEncoder(os.NewFile(3, "control"))

func tellReady() error { return control.Encode(map[string]bool{"ready": true}) }

// tellListening makes a port of the pod lead to a port of this machine.
func tellListening(port, local int) error {
	return control.Encode(map[string]int{"port": port, "local": local})
}

// version is the tag of the image, "" when there is none.
func (p *pod) version() string {
	reference, _, _ := strings.Cut(p.Image, "@")
	last := reference[strings.LastIndex(reference, "/")+1:]
	_, tag, _ := strings.Cut(last, ":")
	return tag
}
