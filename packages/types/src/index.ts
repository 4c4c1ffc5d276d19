export type {
  AdapterName,
  FetchApp,
  FetchHandler,
  LambdaContext,
  LambdaEvent,
  LambdaHandler,
  LambdaResult,
  WorkerContext,
  WorkerModule,
} from './adapters.js';
export type { Answer, Body, Cookie, Envelope, HeaderValue, Piece, ProxyDirective } from './answer.js';
export type { Context, JobInfo, Trigger, WorkerPoolInfo } from './context.js';
export type { Client, Event, Form, FormFile, Query, Session } from './event.js';
export type { Handler } from './handler.js';
