// How does the page talk to its server? JSON both ways, the form token on whatever changes something, refusals as ApiError.

export interface FieldFault {
  field: string;
  message: string;
}

/** A refusal in the words of the server (RFC 9457); status 0 when nothing could be reached. */
export class ApiError extends Error {
  readonly status: number;
  readonly problem: Record<string, unknown>;

  constructor(status: number, detail: string, problem: Record<string, unknown> = {}) {
    super(detail);
    this.name = 'ApiError';
    this.status = status;
    this.problem = problem;
  }

  get faults(): FieldFault[] {
    const { errors } = this.problem;
    return Array.isArray(errors) ? (errors as FieldFault[]) : [];
  }
}

export interface Call {
  method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  body?: unknown;
  headers?: Record<string, string>;
  signal?: AbortSignal;
  /** The page goes away meanwhile: send it all the same. */
  keepalive?: boolean;
}

const TRIES = 3;
const LONGEST_WAIT_MS = 5_000;

const tokenTag = (): HTMLMetaElement | null => document.querySelector('meta[name="csrf-token"]');

const wait = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));

/** Calls the JSON API. Throws ApiError. A GET that meets 503 is tried again, at most twice, when the server says so. */
export async function api<T>(path: string, call: Call = {}): Promise<T> {
  const method = call.method ?? 'GET';
  for (let attempt = 1; ; attempt += 1) {
    const response = await send(path, method, call);
    if (response.ok) return (response.status === 204 ? undefined : await response.json()) as T;
    if (method === 'GET' && response.status === 503 && attempt < TRIES) {
      const seconds = Number(response.headers.get('Retry-After') ?? 1);
      await wait(Math.min(LONGEST_WAIT_MS, (Number.isFinite(seconds) ? seconds : 1) * 1000 * attempt));
      continue;
    }
    throw await refusal(response);
  }
}

async function send(path: string, method: string, { body, headers, signal, keepalive }: Call): Promise<Response> {
  try {
    return await fetch(path, {
      method,
      headers: {
        Accept: 'application/json',
        ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
        ...(method === 'GET' ? {} : { 'X-CSRF-Token': tokenTag()?.content ?? '' }),
        ...headers,
      },
      credentials: 'same-origin',
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(signal ? { signal } : {}),
      ...(keepalive ? { keepalive } : {}),
    });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new ApiError(0, 'The server can’t be reached. Check the connection and try again.');
  }
}

let ended = false;
let atEnded = (): void => undefined;
/** What is to be done when the server says that this session was ended from elsewhere; it says so once. */
export const whenEnded = (action: () => void): void => void (atEnded = action);

/** The server has said so. */
export function sayEnded(): void {
  ended = true;
  atEnded();
}

const isEnded = ({ type }: Record<string, unknown>): boolean =>
  typeof type === 'string' && type.endsWith('/session-ended');

async function refusal(response: Response): Promise<ApiError> {
  let problem: Record<string, unknown> = {};
  try {
    problem = (await response.json()) as Record<string, unknown>;
  } catch {
    // A proxy in between answers without a problem document.
  }
  if (response.status === 401 && isEnded(problem)) sayEnded();
  const detail = problem['detail'] ?? problem['title'];
  return new ApiError(
    response.status,
    typeof detail === 'string' && detail !== '' ? detail : 'The server did not answer as expected. Try again.',
    problem,
  );
}

export interface SessionAnswer {
  user: { user_id: string; username: string; full_name: string; role: string };
  csrf_token: string;
}

/** Who is signed in here by now? Takes the form token over if it is whose page this is. ApiError 401 when nobody is. */
export async function readSession(): Promise<SessionAnswer> {
  const session = await api<SessionAnswer>('/api/session');
  takeSession(session);
  return session;
}

/** Takes the form token of a session over; somebody else's would put what is typed here under their name. */
export function takeSession(session: SessionAnswer): void {
  const { userId } = document.body.dataset;
  if (userId !== undefined && userId !== session.user.user_id) return;
  ended = false;
  const tag = tokenTag();
  if (tag) tag.content = session.csrf_token;
  for (const field of document.querySelectorAll<HTMLInputElement>('input[name="_csrf"]'))
    field.value = session.csrf_token;
}

/** Where to sign in, and come back to this page. */
export const signInAddress = (): string =>
  `/login?next=${encodeURIComponent(location.pathname + location.search + location.hash)}${ended ? '&ended=yes' : ''}`;
