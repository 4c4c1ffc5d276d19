import { REDIS } from '../container.js';
import { labels } from './labels.js';

/** One Redis on a disk of its own: enough until it must not be away for the minute that a move to another node takes. */
export function redis(app: string): string {
  const name = `${app}-redis`;
  return `# One Redis with a disk. With a Redis of your provider: remove this file, and let FN_REDIS_URL in deployment.yaml lead to that
# one (maxmemory-policy must be noeviction).
apiVersion: v1
kind: PersistentVolumeClaim
metadata:
  name: ${name}
spec:
  accessModes: ["ReadWriteOnce"]
  resources:
    requests:
      storage: 1Gi
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: ${name}
  labels:
${labels(app, 'redis', 4)}
spec:
  replicas: 1
  # Never two on one disk.
  strategy:
    type: Recreate
  selector:
    matchLabels:
${labels(app, 'redis', 6)}
  template:
    metadata:
      labels:
${labels(app, 'redis', 8)}
    spec:
      automountServiceAccountToken: false
      enableServiceLinks: false
      securityContext:
        runAsNonRoot: true
        runAsUser: ${REDIS.user}
        runAsGroup: ${REDIS.user}
        fsGroup: ${REDIS.user}
        seccompProfile:
          type: RuntimeDefault
      containers:
        - name: redis
          image: ${REDIS.image}
          # Jobs must survive a restart (appendonly) and must not be thrown away when memory is short (noeviction).
          args:
            - redis-server
            - --appendonly
            - "yes"
            - --maxmemory-policy
            - noeviction
            # Below the limit of memory, so that a full Redis refuses new jobs (507) and is not killed. The rest is for rewriting its file.
            - --maxmemory
            - 384mb
            - --requirepass
            - $(REDIS_PASSWORD)
          ports:
            - name: redis
              containerPort: ${REDIS.port}
          env:
            - name: REDIS_PASSWORD
              valueFrom:
                secretKeyRef:
                  name: ${app}
                  key: REDIS_PASSWORD
            # What redis-cli of the probes logs in with.
            - name: REDISCLI_AUTH
              value: $(REDIS_PASSWORD)
          livenessProbe:
            tcpSocket:
              port: redis
            periodSeconds: 10
            failureThreshold: 6
          # Not while it still reads its file: ping then answers with an error.
          readinessProbe:
            exec:
              command: ["sh", "-c", "redis-cli ping | grep -q PONG"]
            periodSeconds: 5
            timeoutSeconds: 3
          resources:
            requests:
              cpu: 100m
              memory: 128Mi
            limits:
              memory: 512Mi
          securityContext:
            allowPrivilegeEscalation: false
            readOnlyRootFilesystem: true
            capabilities:
              drop: ["ALL"]
          volumeMounts:
            - name: data
              mountPath: /data
      volumes:
        - name: data
          persistentVolumeClaim:
            claimName: ${name}
---
apiVersion: v1
kind: Service
metadata:
  name: ${name}
  labels:
${labels(app, 'redis', 4)}
spec:
  type: ClusterIP
  selector:
${labels(app, 'redis', 4)}
  ports:
    - name: redis
      port: ${REDIS.port}
      targetPort: redis
`;
}
