export const pageScheme = 'app';
export const pageHost = 'kenro';
export const pageUrl = `${pageScheme}://${pageHost}/`;

/** Whether this is the address of the station's own page, and not merely of something else under `app://`. */
export function isOwnPage(url: string): boolean {
  const parsed = URL.parse(url);
  return parsed !== null && isOwnOrigin(url) && parsed.pathname === '/';
}

/** Whether this is the address of an evaluation report, as `assetPaths` names it. */
export function isOwnReport(url: string): boolean {
  const parsed = URL.parse(url);
  return (
    parsed !== null && isOwnOrigin(url) && /^\/run\/retrain-\d+-\d+\/report\.html$/.test(parsed.pathname)
  );
}

/** Compared field by field: `URL.origin` of a scheme that is not the web's is the text `null`. */
export function isOwnOrigin(url: string): boolean {
  const parsed = URL.parse(url);
  return parsed !== null && parsed.protocol === `${pageScheme}:` && parsed.host === pageHost;
}
