{{- define "sample-api.fullname" -}}
{{- .Values.fullnameOverride | default .Release.Name | trunc 63 | trimSuffix "-" }}
{{- end }}

{{- define "sample-api.selectorLabels" -}}
{{- .Values.selectorLabels | default (dict "app.kubernetes.io/name" (.Values.nameOverride | default (include "sample-api.fullname" .))) | toYaml }}
{{- end }}

{{/* The pods' labels: nothing in them changes with the chart alone, or each of its versions would be a release. */}}
{{- define "sample-api.podLabels" -}}
{{- $selector := include "sample-api.selectorLabels" . | fromYaml }}
{{- merge $selector .Values.commonLabels | toYaml }}
{{- end }}

{{- define "sample-api.labels" -}}
{{- $labels := include "sample-api.podLabels" . | fromYaml }}
{{- $chart := dict "helm.sh/chart" (printf "%s-%s" .Chart.Name .Chart.Version) }}
{{- merge $labels $chart (dict "app.kubernetes.io/managed-by" .Release.Service) | toYaml }}
{{- end }}

{{/* A digest wins over a tag; with both, the tag is for people. */}}
{{- define "sample-api.image" -}}
{{- $tag := .Values.image.tag }}
{{- if not (or $tag .Values.image.digest) }}
{{- $tag = .Chart.AppVersion }}
{{- end }}
{{- .Values.image.repository }}
{{- with $tag }}:{{ . }}{{ end }}
{{- with .Values.image.digest }}@{{ . }}{{ end }}
{{- end }}
