import { readFileSync } from 'node:fs';

interface NetLog {
  readonly constants: { readonly logEventTypes: Readonly<Record<string, number>> };
  readonly events: readonly { readonly type: number; readonly params?: Record<string, unknown> }[];
}

/** What Chromium's own record of its network says (`--log-net-log`, `net/log/net_log_event_type_list.h`). */
export interface NetworkUse {
  /** Addresses that a connection was tried to. */
  readonly connections: readonly string[];
  /**
   * Datagrams that went out. Only these count: Chromium asks the system for a route to a well-known address, to learn
   * whether there is IPv6, and sends nothing there.
   */
  readonly datagrams: number;
  /** Addresses of the requests made, whether or not they got anywhere. */
  readonly requests: readonly string[];
  /** Names that a name server or the system was asked for. */
  readonly lookUps: readonly string[];
}

/** @param path of a log; one whose end is missing, because Chromium was ended, is read as far as it goes */
export function readNetLog(path: string): NetworkUse {
  const text = readFileSync(path, 'utf8');
  const { constants, events } = parse(text);
  const of = (...names: string[]) => {
    const types = names.map((name) => constants.logEventTypes[name]);
    return events.filter(({ type }) => types.includes(type)).map(({ params = {} }) => params);
  };
  return {
    connections: texts(of('TCP_CONNECT_ATTEMPT'), 'address'),
    datagrams: of('UDP_BYTES_SENT').length,
    requests: texts(of('URL_REQUEST_START_JOB'), 'url'),
    lookUps: texts(of('HOST_RESOLVER_DNS_TASK', 'HOST_RESOLVER_SYSTEM_TASK'), 'host', 'hostname'),
  };
}

function parse(text: string): NetLog {
  try {
    return JSON.parse(text) as NetLog;
  } catch {
    return JSON.parse(`${text.slice(0, text.lastIndexOf('\n')).replace(/,\s*$/, '')}]}`) as NetLog;
  }
}

function texts(params: readonly Record<string, unknown>[], ...fields: string[]): string[] {
  return params.flatMap(
    (each) => fields.map((field) => each[field]).find((value) => value !== undefined) ?? [],
  ) as string[];
}
