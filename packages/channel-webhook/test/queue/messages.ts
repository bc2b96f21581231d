/** What the worker is told, as its one argument. */
export interface Order {
  readonly databasePath: string;
  readonly endpoint: string;
  readonly secret: string;
  readonly deliveries: number;
}

/** What it prints at its end, as its only line. */
export interface Account {
  readonly byStatus: Readonly<Record<string, number>>;
  readonly attempts: number;
  readonly peakMegabytes: number;
}
