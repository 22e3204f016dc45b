// What a browser does between a test and the app: keeps cookies, sends forms with their token, follows nothing by itself.

export interface Answer {
  status: number;
  headers: Headers;
  text: string;
  /** The body as JSON; undefined when it is none. */
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- a test looks into it as it likes
  json: any;
  /** Where a redirect leads, as a path. */
  location: string | null;
}

export interface Browser {
  url: string;
  cookies: Map<string, string>;
  /** For sockets and plain fetches. */
  cookieHeader: () => string;
  get: (path: string, headers?: Record<string, string>) => Promise<Answer>;
  /** Sends a form; `_csrf` is taken from the page at `from` (the same path unless said otherwise), unless it is given. */
  post: (path: string, form: Form, o?: { from?: string; headers?: Record<string, string> }) => Promise<Answer>;
  /** A JSON call; the token is asked for by itself. */
  api: (method: string, path: string, body?: unknown, headers?: Record<string, string>) => Promise<Answer>;
  request: (path: string, init?: RequestInit) => Promise<Answer>;
  signIn: (username: string, password: string) => Promise<Answer>;
  signOut: () => Promise<Answer>;
}

export type Form = Record<string, string | string[]>;

/** The token that stands in a page. */
export const tokenIn = (html: string): string => /name="_csrf" value="([^"]+)"/.exec(html)?.[1] ?? '';

export function createBrowser(url: string): Browser {
  const cookies = new Map<string, string>();
  const cookieHeader = (): string => [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  let apiToken: string | undefined;

  function keepCookies(headers: Headers): void {
    for (const line of headers.getSetCookie()) {
      const [pair = ''] = line.split(';');
      const at = pair.indexOf('=');
      if (/expires=Thu, 01 Jan 1970/i.test(line)) cookies.delete(pair.slice(0, at));
      else cookies.set(pair.slice(0, at), pair.slice(at + 1));
    }
  }

  async function request(path: string, init: RequestInit = {}): Promise<Answer> {
    const headers = new Headers(init.headers);
    if (cookies.size > 0) headers.set('cookie', cookieHeader());
    const response = await fetch(url + path, { ...init, headers, redirect: 'manual' });
    keepCookies(response.headers);
    const text = await response.text();
    const isJson = /json/.test(response.headers.get('content-type') ?? '');
    return {
      status: response.status,
      headers: response.headers,
      text,
      json: isJson && text !== '' ? JSON.parse(text) : undefined,
      location: response.headers.get('location'),
    };
  }

  const get = (path: string, headers: Record<string, string> = {}): Promise<Answer> => request(path, { headers });

  async function post(path: string, form: Form, o: { from?: string; headers?: Record<string, string> } = {}) {
    const fields = new URLSearchParams();
    const _csrf = form['_csrf'] ?? tokenIn((await get(o.from ?? path)).text);
    for (const [name, value] of Object.entries({ ...form, _csrf }))
      for (const one of [value].flat()) fields.append(name, one);
    return request(path, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded', ...o.headers },
      body: fields.toString(),
    });
  }

  return {
    url,
    cookies,
    cookieHeader,
    get,
    post,
    request,
    api: async (method, path, body, headers = {}) => {
      const unsafe = method !== 'GET' && method !== 'HEAD';
      if (unsafe) apiToken ??= (await get('/api/session')).json?.csrf_token as string | undefined;
      return request(path, {
        method,
        headers: {
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...(unsafe && apiToken !== undefined ? { 'x-csrf-token': apiToken } : {}),
          ...headers,
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
    },
    signIn: (username, password) => {
      apiToken = undefined;
      return post('/login', { username, password });
    },
    signOut: async () => {
      apiToken = undefined;
      return post('/logout', {}, { from: '/account' });
    },
  };
}
