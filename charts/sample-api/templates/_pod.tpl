{{- define "sample-api.pod" -}}
metadata:
  labels:
    {{- include "sample-api.podLabels" . | nindent 4 }}
  {{- with .Values.podAnnotations }}
  annotations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
spec:
  {{- with .Values.serviceAccount.name }}
  serviceAccountName: {{ . }}
  {{- end }}
  automountServiceAccountToken: {{ .Values.serviceAccount.automount }}
  enableServiceLinks: false
  terminationGracePeriodSeconds: {{ .Values.terminationGracePeriodSeconds }}
  {{- with .Values.podSecurityContext }}
  securityContext:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.imagePullSecrets }}
  imagePullSecrets:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  containers:
  - name: {{ include "sample-api.fullname" . }}
    image: {{ include "sample-api.image" . | quote }}
    imagePullPolicy: {{ .Values.image.pullPolicy }}
    {{- $values := .Values }}
    {{- range $key := list "command" "args" "ports" "env" "resources" "startupProbe" "livenessProbe" "readinessProbe" "lifecycle" "securityContext" "volumeMounts" }}
    {{- with index $values $key }}
    {{ $key }}:
      {{- toYaml . | nindent 6 }}
    {{- end }}
    {{- end }}
  {{- range $key := list "volumes" "topologySpreadConstraints" "nodeSelector" "tolerations" "affinity" "priorityClassName" }}
  {{- with index $values $key }}
  {{ $key }}:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- end }}
{{- end }}
