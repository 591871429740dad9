package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"time"
)

// apiAccess leads to the API server of the pod's cluster, with the rights of its ServiceAccount. All PEM.
type apiAccess struct {
	Server, CA, Certificate, Key, Token string
}

// statusError is an answer of the API server that is no success; its text is the server's, as client-go gives it.
type statusError struct {
	Code    int
	Message string
}

func (e *statusError) Error() string { return e.Message }

func isStatus(err error, code int) bool {
	var status *statusError
	return errors.As(err, &status) && status.Code == code
}

// api is a client of the API server. client-go would take longer to build than everything else here together.
type api struct {
	access apiAccess
	http   http.Client
}

func newAPI(access apiAccess) (*api, error) {
	config := &tls.Config{RootCAs: x509.NewCertPool()}
	config.RootCAs.AppendCertsFromPEM([]byte(access.CA))
	if access.Certificate != "" {
		certificate, err := tls.X509KeyPair([]byte(access.Certificate), []byte(access.Key))
		if err != nil {
			return nil, err
		}
		config.Certificates = []tls.Certificate{certificate}
	}
	return &api{access, http.Client{Transport: &http.Transport{TLSClientConfig: config}}}, nil
}

// object is what is read of Secrets and KubernetesClusters.
type object struct {
	Status struct {
		Common struct {
			State struct{ ObservedGeneration int64 }
		}
	}
	Metadata struct {
		Name, ResourceVersion string
		Generation            int64
	}
	Data map[string][]byte
}

// open sends a request; the caller closes the body.
func (a *api) open(ctx context.Context, method, path string, body any) (io.ReadCloser, error) {
	content, err := json.Marshal(body)
	if err != nil {
		return nil, err
	}
	request, err := http.NewRequestWithContext(ctx, method, a.access.Server+path, bytes.NewReader(content))
	if err != nil {
		return nil, err
	}
	request.Header.Set("Content-Type", "application/json")
	if method == http.MethodPatch {
		request.Header.Set("Content-Type", "application/merge-patch+json")
	}
	if a.access.Token != "" {
		request.Header.Set("Authorization", "Bearer "+a.access.Token)
	}
	response, err := a.http.Do(request)
	if err != nil {
		return nil, err
	}
	if response.StatusCode < 300 {
		return response.Body, nil
	}
	defer response.Body.Close()
	failure := &statusError{Code: response.StatusCode, Message: response.Status}
	_ = json.NewDecoder(response.Body).Decode(failure)
	failure.Code = response.StatusCode
	return nil, failure
}

func (a *api) call(ctx context.Context, method, path string, body, answer any) error {
	content, err := a.open(ctx, method, path, body)
	if err != nil {
		return err
	}
	defer content.Close()
	return json.NewDecoder(content).Decode(answer)
}

func secretsPath(namespace string) string { return "/api/v1/namespaces/" + namespace + "/secrets" }

// secret is the data of a Secret, nil when there is no such Secret.
func (a *api) secret(ctx context.Context, reference secretReference) (map[string][]byte, error) {
	found := object{Data: map[string][]byte{}}
	err := a.call(ctx, http.MethodGet, secretsPath(reference.namespace)+"/"+reference.name, nil, &found)
	if isStatus(err, http.StatusNotFound) {
		return nil, nil
	}
	return found.Data, err
}

// writeSecret creates an Opaque Secret, or gives an existing one exactly this data; its labels and annotations stay.
func (a *api) writeSecret(ctx context.Context, reference secretReference, data map[string][]byte) error {
	path := secretsPath(reference.namespace)
	written := map[string]any{
		"apiVersion": "v1", "kind": "Secret", "type": "Opaque", "data": data,
		"metadata": map[string]string{"name": reference.name, "namespace": reference.namespace},
	}
	var answer object
	err := a.call(ctx, http.MethodPost, path, written, &answer)
	if !isStatus(err, http.StatusConflict) {
		return err
	}
	path += "/" + reference.name
	current := map[string]any{}
	if err := a.call(ctx, http.MethodGet, path, nil, &current); err != nil {
		return err
	}
	current["data"] = data
	return a.call(ctx, http.MethodPut, path, current, &answer)
}

func (a *api) list(ctx context.Context, path string) (objects []object, version string, err error) {
	var list struct {
		Metadata struct{ ResourceVersion string }
		Items    []object
	}
	err = a.call(ctx, http.MethodGet, path, nil, &list)
	return list.Items, list.Metadata.ResourceVersion, err
}

// follow hands on all objects after each change below path, until the context ends. A watch that breaks begins again after a second.
func (a *api) follow(ctx context.Context, path, version string, objects []object, changed func([]object)) {
	known := map[string]object{}
	remember := func(all []object) {
		known = map[string]object{}
		for _, one := range all {
			known[one.Metadata.Name] = one
		}
	}
	remember(objects)
	for ctx.Err() == nil {
		a.watch(ctx, path+"?watch=true&resourceVersion="+version, known, changed)
		select {
		case <-ctx.Done():
		case <-time.After(time.Second):
		}
		if all, current, err := a.list(ctx, path); err == nil {
			version = current
			remember(all)
			changed(all)
		}
	}
}

func (a *api) watch(ctx context.Context, path string, known map[string]object, changed func([]object)) {
	content, err := a.open(ctx, http.MethodGet, path, nil)
	if err != nil {
		return
	}
	defer content.Close()
	for decoder := json.NewDecoder(content); ; {
		var event struct {
			Type   string
			Object object
		}
		if decoder.Decode(&event) != nil || event.Type == "ERROR" {
			return
		}
		if event.Type == "DELETED" {
			delete(known, event.Object.Metadata.Name)
		} else {
			known[event.Object.Metadata.Name] = event.Object
		}
		all := make([]object, 0, len(known))
		for _, one := range known {
			all = append(all, one)
		}
		changed(all)
	}
}
