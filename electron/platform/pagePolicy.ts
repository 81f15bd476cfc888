/**
 * What the page is allowed to do, sent by both shells with every answer. The page loads only what was built
 * with it, talks only to its own station, and may use the camera and nothing else of the computer.
 *
 * @param sockets addresses besides its own origin that the page may connect to; older browsers do not count
 * `ws://` of the same host and port as `'self'`
 */
export function pageHeaders(sockets: readonly string[] = []): Record<string, string> {
  const policy = {
    'default-src': "'none'",
    'script-src': "'self'",
    'style-src': "'self'",
    'img-src': "'self' blob: data:",
    'frame-src': "'self'",
    'media-src': "'self' blob:",
    'font-src': "'self'",
    'connect-src': ["'self'", ...sockets].join(' '),
    'worker-src': "'self'",
    'base-uri': "'none'",
    'form-action': "'none'",
    'frame-ancestors': "'none'",
  };
  return {
    'content-security-policy': Object.entries(policy)
      .map(([directive, sources]) => `${directive} ${sources}`)
      .join('; '),
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    'referrer-policy': 'no-referrer',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    'permissions-policy':
      'camera=(self), microphone=(), geolocation=(), display-capture=(), usb=(), serial=()',
  };
}

/**
 * Instead of the page's own policy, for a document complete in itself that the page shows in a frame: whatever is in
 * it, it runs nothing, fetches nothing, and has an origin of its own.
 * @param policy what else the document is allowed
 */
export function framedHeaders(policy: string): Record<string, string> {
  return {
    'content-security-policy': `${policy}; frame-ancestors 'self'; sandbox`,
    'x-frame-options': 'SAMEORIGIN',
  };
}
