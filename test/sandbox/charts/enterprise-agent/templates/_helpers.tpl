{{/* "true" for the 1.0 line, whose values differ from those of all later versions. */}}
{{- define "enterprise-agent.firstGeneration" -}}
{{- if semverCompare "~1.0.0-0" .Chart.Version }}true{{ end -}}
{{- end -}}

{{- define "enterprise-agent.insecure" -}}
{{- if include "enterprise-agent.firstGeneration" . }}{{ .Values.relay.insecure }}{{ else }}{{ .Values.global.insecure }}{{ end -}}
{{- end -}}

{{- define "enterprise-agent.image" -}}
{{- $image := .Values.enterpriseAgent.image -}}
{{ $image.registry }}/{{ $image.repository }}:{{ $image.tag | default .Chart.Version }}
{{- end -}}

{{/* What agent and helm test need to find the relay server and their Secrets. */}}
{{- define "enterprise-agent.relayArgs" -}}
- --relay-address={{ .Values.relay.serverAddress }}
- --relay-insecure={{ include "enterprise-agent.insecure" . }}
- --relay-authority={{ .Values.relay.authority }}
- --cluster={{ .Values.relay.cluster }}
- --max-grpc-message-size={{ .Values.relay.maxGrpcMessageSize }}
{{- with .Values.relay.clientCertSecret }}
- --relay-client-cert-secret-name={{ .name }}
- --relay-client-cert-secret-namespace={{ .namespace }}
{{- end }}
{{- with .Values.relay.rootTlsSecret }}
- --relay-root-cert-secret-name={{ .name }}
- --relay-root-cert-secret-namespace={{ .namespace }}
{{- end }}
{{- with .Values.relay.tokenSecret }}
- --relay-identity-token-secret-name={{ .name }}
- --relay-identity-token-secret-namespace={{ .namespace }}
- --relay-identity-token-secret-key={{ .key }}
{{- end }}
{{- end -}}

{{- define "enterprise-agent.securityContext" -}}
runAsNonRoot: true
{{- if not .Values.enterpriseAgent.floatingUserId }}
runAsUser: {{ .Values.enterpriseAgent.runAsUser }}
{{- end }}
readOnlyRootFilesystem: true
allowPrivilegeEscalation: false
capabilities:
  drop:
    - ALL
{{- end -}}
