/** Settings that are no secret. */
export function configMap(name: string): string {
  return `# After a change: kubectl rollout restart deployment/${name}
apiVersion: v1
kind: ConfigMap
metadata:
  name: ${name}
data:
  FN_LOG_LEVEL: info
  # Jobs that one pod runs at the same time.
  FN_JOBS_MAX_CONCURRENCY: "2"
  # Networks of the ingress, whose X-Forwarded-* headers count:
  # FN_TRUSTED_PROXY_CIDRS: 10.244.0.0/16
  # URL under which clients reach the API, for its docs:
  # FN_PUBLIC_BASE_URL: https://api.example.com
`;
}

/**
 * Placeholders. They are too short for FN_JOBS_CALLBACK_SECRET on purpose: the server says so and does not start, instead of
 * running with a secret that everybody knows.
 */
export function secret(name: string): string {
  return `# Placeholders: the server refuses to start with them. Put real values in without committing them, or make the Secret by hand:
#   kubectl create secret generic ${name} \\
#     --from-literal=REDIS_PASSWORD=$(openssl rand -hex 24) --from-literal=FN_JOBS_CALLBACK_SECRET=$(openssl rand -hex 24)
# and remove this file.
apiVersion: v1
kind: Secret
metadata:
  name: ${name}
type: Opaque
stringData:
  # Part of a URL: letters and digits only.
  REDIS_PASSWORD: replace-me
  # Signs callbacks of jobs; the same in every pod.
  FN_JOBS_CALLBACK_SECRET: replace-me
  # To reach the admin API from elsewhere (x-fn-admin-token):
  # FN_ADMIN_TOKEN: ""
`;
}
