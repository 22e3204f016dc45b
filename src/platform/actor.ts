// Who is asking?

export type Role = 'admin' | 'faculty' | 'student';

/** The signed-in person of one request or socket, as the users directory has it now. */
export interface Actor {
  user_id: string;
  username: string;
  full_name: string;
  role: Role;
  /** The own student record; set for role student only. */
  student_id: string | null;
}

/** The first answer to an unsafe call, kept so that a repeat gets it again. */
export interface KeptAnswer {
  status: number;
  headers: Record<string, string>;
  body: unknown;
}

/** `Idempotency-Key` of a call: stored by commit in the same transaction as what it did. */
export interface IdempotencyKey {
  key: string;
  /** Digest of method, path, If-Match and body: the same key with another one is refused. */
  request: string;
  /** What HTTP will answer for what the service returns; the service knows no HTTP. */
  answer: (result: unknown) => KeptAnswer;
}

/** What every service call is made with. */
export interface Context {
  actor: Actor;
  key?: IdempotencyKey;
}

/** Does what no person asked for: the first admin, jobs of a crash, the seed. */
export const systemActor: Actor = {
  user_id: 'system',
  username: 'system',
  full_name: 'StudentCore',
  role: 'admin',
  student_id: null,
};

export const isStaff = (actor: Actor): boolean => actor.role !== 'student';
