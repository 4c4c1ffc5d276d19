import { CONTAINER, KILL_AFTER_SECONDS, REDIS } from '../container.js';
import type { Project } from '../project.js';
import { yamlText } from '../yaml-text.js';
import { labels } from './labels.js';

const { port, stateDir, user, live, ready } = CONTAINER;

/** Until the last load balancer has heard that the pod goes, s: it serves on for so long. */
const LEAVE_SECONDS = 5;

const MIN_PODS = 2;
const MAX_PODS = 10;

export function deployment({ name, image }: Pick<Project, 'name' | 'image'>): string {
  return `apiVersion: apps/v1
kind: Deployment
metadata:
  name: ${name}
  labels:
${labels(name, 'server', 4)}
spec:
  # No replicas: the HorizontalPodAutoscaler decides.
  selector:
    matchLabels:
${labels(name, 'server', 6)}
  strategy:
    type: RollingUpdate
    rollingUpdate:
      maxUnavailable: 0
      maxSurge: 1
  template:
    metadata:
      labels:
${labels(name, 'server', 8)}
    spec:
      # Handlers get no access to the cluster, and no variables of other services.
      automountServiceAccountToken: false
      enableServiceLinks: false
      # ${LEAVE_SECONDS} s before the stop begins, 10 s for running calls, and the rest for processes and traces.
      terminationGracePeriodSeconds: ${LEAVE_SECONDS + KILL_AFTER_SECONDS}
      securityContext:
        runAsNonRoot: true
        runAsUser: ${user}
        runAsGroup: ${user}
        fsGroup: ${user}
        seccompProfile:
          type: RuntimeDefault
      containers:
        - name: fastfn
          image: ${yamlText(image)}
          imagePullPolicy: IfNotPresent
          ports:
            - name: http
              containerPort: ${port}
          envFrom:
            - configMapRef:
                name: ${name}
          env:
            - name: REDIS_PASSWORD
              valueFrom:
                secretKeyRef:
                  name: ${name}
                  key: REDIS_PASSWORD
            - name: FN_REDIS_URL
              value: redis://:$(REDIS_PASSWORD)@${name}-redis:${REDIS.port}/0
            - name: FN_JOBS_CALLBACK_SECRET
              valueFrom:
                secretKeyRef:
                  name: ${name}
                  key: FN_JOBS_CALLBACK_SECRET
            - name: FN_ADMIN_TOKEN
              valueFrom:
                secretKeyRef:
                  name: ${name}
                  key: FN_ADMIN_TOKEN
                  optional: true
          startupProbe:
            httpGet:
              path: ${live}
              port: http
            periodSeconds: 2
            failureThreshold: 30
          livenessProbe:
            httpGet:
              path: ${live}
              port: http
            periodSeconds: 10
            timeoutSeconds: 3
            failureThreshold: 3
          readinessProbe:
            httpGet:
              path: ${ready}
              port: http
            periodSeconds: 5
            timeoutSeconds: 3
            failureThreshold: 2
          lifecycle:
            preStop:
              exec:
                command: ["sleep", "${LEAVE_SECONDS}"]
          # A beginning: every function has processes of its own. See what yours take, and set these to it.
          resources:
            requests:
              cpu: 250m
              memory: 384Mi
            limits:
              memory: 1Gi
          securityContext:
            allowPrivilegeEscalation: false
            # Functions may write into their own folders. Where none does: true, and an emptyDir on /tmp.
            readOnlyRootFilesystem: false
            capabilities:
              drop: ["ALL"]
          volumeMounts:
            - name: state
              mountPath: ${stateDir}
      volumes:
        # Schedules and jobs are in Redis; what is here may go with the pod.
        - name: state
          emptyDir: {}
`;
}

export function service({ name }: Pick<Project, 'name'>): string {
  return `# Put an Ingress in front that passes everything but /_fn.
apiVersion: v1
kind: Service
metadata:
  name: ${name}
  labels:
${labels(name, 'server', 4)}
spec:
  type: ClusterIP
  selector:
${labels(name, 'server', 4)}
  ports:
    - name: http
      port: 80
      targetPort: http
`;
}

export function autoscaler({ name }: Pick<Project, 'name'>): string {
  return `# Needs the metrics server: kubectl top pods
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata:
  name: ${name}
spec:
  scaleTargetRef:
    apiVersion: apps/v1
    kind: Deployment
    name: ${name}
  minReplicas: ${MIN_PODS}
  maxReplicas: ${MAX_PODS}
  metrics:
    - type: Resource
      resource:
        name: cpu
        target:
          type: Utilization
          averageUtilization: 70
`;
}
