/**
 * Command-line switches of Chromium (without the dashes) under which it asks nobody anything: no name is resolved, no
 * proxy looked for, no component, report or field trial fetched. What the page itself may load is for its policy to say
 * (`pagePolicy.ts`).
 * @param served hosts that the page comes from
 */
export function noNetworkSwitches(served: readonly string[]): [name: string, value?: string][] {
  const rules = ['MAP * ~NOTFOUND', ...served.map((host) => `EXCLUDE ${host}`)];
  return [
    ['host-resolver-rules', rules.join(' , ')],
    ['no-proxy-server'],
    ['disable-background-networking'],
    ['disable-component-update'],
    ['disable-domain-reliability'],
    ['disable-breakpad'],
    ['no-pings'],
    // Peer connections are no requests, so the policy does not see them: without a proxy they get no network.
    ['force-webrtc-ip-handling-policy', 'disable_non_proxied_udp'],
  ];
}

/** The same as a program's arguments. */
export function noNetworkFlags(served: readonly string[]): string[] {
  return noNetworkSwitches(served).map(([name, value]) =>
    value === undefined ? `--${name}` : `--${name}=${value}`,
  );
}
