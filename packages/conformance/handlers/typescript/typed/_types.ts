export interface Greeting {
  greeting: string;
  level: number;
}
