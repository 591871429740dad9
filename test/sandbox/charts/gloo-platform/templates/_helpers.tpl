{{/* "true" when this release brings an agent with a Deployment of its own. */}}
{{- define "gloo-platform.agent" -}}
{{- if and .Values.glooAgent.enabled (not .Values.glooAgent.runAsSidecar) }}true{{ end -}}
{{- end -}}

{{/* The reference of an image: dict "image" IMAGE "root" $. */}}
{{- define "gloo-platform.image" -}}
{{- $common := .root.Values.common -}}
{{- $registry := $common.imageRegistry | default .image.registry -}}
{{- $tag := $common.imageTag | default (.image.tag | default .root.Chart.Version) -}}
{{ $registry }}/{{ .image.repository }}:{{ $tag }}
{{- end -}}

{{/* What the agent needs to find the management server and its Secrets. */}}
{{- define "gloo-platform.relayArgs" -}}
{{- $relay := .Values.glooAgent.relay -}}
- --relay-address={{ $relay.serverAddress }}
- --relay-insecure={{ or .Values.glooAgent.insecure .Values.common.insecure }}
- --relay-authority={{ $relay.authority }}
- --cluster={{ .Values.common.cluster }}
- --max-grpc-message-size={{ .Values.glooAgent.maxGrpcMessageSize }}
{{- with $relay.clientTlsSecretRotationGracePeriodRatio }}
- --relay-client-cert-rotation-grace-period-ratio={{ . }}
{{- end }}
{{- range $flag, $secret := dict "client-cert" $relay.clientTlsSecret "root-cert" $relay.rootTlsSecret "identity-token" $relay.tokenSecret }}
{{- range $key := list "name" "namespace" "key" }}
{{- if and $secret (hasKey $secret $key) (not (kindIs "invalid" (get $secret $key))) }}
- --relay-{{ $flag }}-secret-{{ $key }}={{ get $secret $key }}
{{- end }}
{{- end }}
{{- end }}
{{- end -}}
