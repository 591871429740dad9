{{/* The CRDs that nothing in the sandbox writes objects of, as KIND:plural.group:version. */}}
{{- define "gloo-platform-crds.common" -}}
Workspace:workspaces.admin.gloo.solo.io:v2
WorkspaceSettings:workspacesettings.admin.gloo.solo.io:v2
RootTrustPolicy:roottrustpolicies.admin.gloo.solo.io:v2
VirtualDestination:virtualdestinations.networking.gloo.solo.io:v2
CertificateRequest:certificaterequests.internal.gloo.solo.io:v2
IssuedCertificate:issuedcertificates.internal.gloo.solo.io:v2
{{- end -}}

{{- define "gloo-platform-crds.enterprise" -}}
AuthConfig:authconfigs.extauth.solo.io:v1
RateLimitConfig:ratelimitconfigs.ratelimit.solo.io:v1alpha1
{{- end -}}
