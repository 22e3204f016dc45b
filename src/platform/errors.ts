// Which ways can a request be refused? Each has a status and a text that is safe to show.

/** What is wrong with one field: `entries[3].version`, `email`, … and a sentence for the person who typed it. */
export interface FieldError {
  field: string;
  message: string;
}

/** A refusal that is part of the product. Everything else that is thrown is a defect and answers 500. */
export abstract class Refusal extends Error {
  abstract readonly status: number;
  abstract readonly title: string;
  /** Members added to the problem document, e.g. `errors`, `current`, `existing_id`. */
  readonly extra: Record<string, unknown>;

  constructor(detail: string, extra: Record<string, unknown> = {}) {
    super(detail);
    this.name = new.target.name;
    this.extra = extra;
  }
}

export class BadRequest extends Refusal {
  readonly status = 400;
  readonly title = 'Bad request';
}

export class Unauthenticated extends Refusal {
  readonly status = 401;
  readonly title = 'Sign in first';
  constructor(detail = 'Sign in to do this.', extra: Record<string, unknown> = {}) {
    super(detail, extra);
  }
}

/** 401 with a type of its own, told once: the browser then removes what it keeps for when there is no network. */
export class SessionEnded extends Unauthenticated {
  constructor() {
    super('Your session was ended. Sign in again to do this.', { type: '/problems/session-ended' });
  }
}

export class Forbidden extends Refusal {
  readonly status = 403;
  readonly title = 'Not allowed';
  constructor(
    detail = 'Your role does not allow this. Ask an administrator if you need it.',
    extra: Record<string, unknown> = {},
  ) {
    super(detail, extra);
  }
}

/** 403 with a type of its own: nothing else is open until the password was changed. */
export class MustChangePassword extends Forbidden {
  constructor() {
    super('Change your password first.', { type: '/problems/must-change-password' });
  }
}

export class NotFound extends Refusal {
  readonly status = 404;
  readonly title = 'Not found';
  constructor(detail = 'There is nothing here, or it has been removed.') {
    super(detail);
  }
}

export class MethodNotAllowed extends Refusal {
  readonly status = 405;
  readonly title = 'Method not allowed';
  readonly allow: string[];
  constructor(allow: string[]) {
    super(`This address takes ${allow.join(', ')}.`);
    this.allow = allow;
  }
}

export class Conflict extends Refusal {
  readonly status = 409;
  readonly title = 'Conflict';
  /** The field a form shows the message beside, when there is one. */
  readonly field: string | undefined;
  constructor(detail: string, extra: Record<string, unknown> & { field?: string } = {}) {
    const { field, ...rest } = extra;
    super(detail, field === undefined ? rest : { ...rest, errors: [{ field, message: detail }] });
    this.field = field;
  }
}

/** 412: somebody was faster. `current` is what is stored now, so that a form can show both. */
export class Stale extends Refusal {
  readonly status = 412;
  readonly title = 'Changed by somebody else';
  readonly current: unknown;
  constructor(current: unknown, extra: Record<string, unknown> = {}) {
    super('Somebody changed this after you opened it. Nothing was saved: look at it again, then decide.', extra);
    this.current = current;
  }
}

export class TooLarge extends Refusal {
  readonly status = 413;
  readonly title = 'Too large';
  constructor(detail = 'At most 1 MiB can be sent at once. Send it in smaller parts.') {
    super(detail);
  }
}

export class AddressTooLong extends Refusal {
  readonly status = 414;
  readonly title = 'Address too long';
  constructor() {
    super('This address is too long. Ask for less at once.');
  }
}

export class UnsupportedMediaType extends Refusal {
  readonly status = 415;
  readonly title = 'Unsupported media type';
}

export class Invalid extends Refusal {
  readonly status = 422;
  readonly title = 'Not valid';
  readonly errors: FieldError[];
  constructor(errors: FieldError[], detail?: string) {
    super(detail ?? errors.map((e) => e.message).join(' '), { errors });
    this.errors = errors;
  }
}

export class PreconditionRequired extends Refusal {
  readonly status = 428;
  readonly title = 'Version required';
  constructor() {
    super('Send If-Match with the version you have seen.');
  }
}

export class TooMany extends Refusal {
  readonly status = 429;
  readonly title = 'Too many attempts';
  readonly retryAfter: number;
  constructor(detail: string, retryAfterSeconds: number) {
    super(detail);
    this.retryAfter = retryAfterSeconds;
  }
}

/** 503: the tables can't be reached or stay throttled. Nothing is known to have been written. */
export class Unavailable extends Refusal {
  readonly status = 503;
  readonly title: string = 'The database does not answer';
  readonly retryAfter: number;
  constructor(
    detail = 'The database does not answer at the moment. Try again in a few seconds.',
    retryAfterSeconds = 2,
  ) {
    super(detail);
    this.retryAfter = retryAfterSeconds;
  }
}

/** 503: too many wait for the same scarce thing. Nothing was done. */
export class Busy extends Unavailable {
  override readonly title = 'Too busy';
  constructor(retryAfterSeconds = 5) {
    super('Too much is going on right now. Try again in a few seconds.', retryAfterSeconds);
  }
}

/** Another call with the same Idempotency-Key was stored first; its answer is the answer. Never reaches a client. */
export class KeyUsed extends Error {
  constructor() {
    super('This Idempotency-Key was used by a call that was stored first.');
  }
}
