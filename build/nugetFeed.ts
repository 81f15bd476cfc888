import { createHash } from 'node:crypto';

/** A package of a NuGet feed: where it lies, and what its bytes must be. */
export interface FeedPackage {
  readonly url: string;
  /** base64 */
  readonly sha512: string;
}

/** Nothing has arrived for so long: behind a firewall that swallows everything, waiting on does not help. */
const stallMs = 20_000;

/** What cannot be had, in one line, and what to do about it. */
export class FetchError extends Error {}

/**
 * Finds a package of one version in a feed (NuGet server API 3: `PackageBaseAddress` for the file, `RegistrationsBaseUrl` for
 * its hash).
 * @param feed address of the feed's `index.json`
 * @throws FetchError
 */
export async function findPackage(feed: string, name: string, version: string): Promise<FeedPackage> {
  const id = name.toLowerCase();
  const { resources } = (await json(feed)) as { resources?: { '@type': string; '@id': string }[] };
  const base = (type: string) => resources?.find((each) => each['@type'] === type)?.['@id'];
  const files = base('PackageBaseAddress/3.0.0');
  const facts = base('RegistrationsBaseUrl/3.6.0') ?? base('RegistrationsBaseUrl');
  if (!files || !facts) throw new FetchError(`${feed} is not the index of a NuGet feed.`);
  const { catalogEntry } = (await json(`${facts}${id}/${version}.json`)) as { catalogEntry?: string };
  if (!catalogEntry) throw new FetchError(`${feed} says nothing about ${name} ${version}.`);
  const entry = (await json(catalogEntry)) as { packageHash?: string; packageHashAlgorithm?: string };
  if (!entry.packageHash || entry.packageHashAlgorithm !== 'SHA512') {
    throw new FetchError(`${feed} gives no SHA-512 of ${name} ${version}; without it nothing is installed.`);
  }
  return { url: `${files}${id}/${version}/${id}.${version}.nupkg`, sha512: entry.packageHash };
}

/**
 * Fetches a package and checks that it is the one the feed knows.
 * @param onProgress told the bytes that have arrived
 * @throws FetchError
 */
export async function download(
  { url, sha512 }: FeedPackage,
  onProgress: (bytes: number) => void,
): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  await reading(url, async (response, isAlive) => {
    for await (const chunk of response.body ?? []) {
      isAlive();
      chunks.push(chunk as Uint8Array);
      bytes += (chunk as Uint8Array).length;
      onProgress(bytes);
    }
  });
  const whole = Buffer.concat(chunks);
  if (sha512Of(whole) !== sha512) {
    throw new FetchError(
      `${url} arrived damaged (its SHA-512 is another one). Nothing was installed; try again.`,
    );
  }
  return whole;
}

/** base64 */
export function sha512Of(bytes: Uint8Array): string {
  return createHash('sha512').update(bytes).digest('base64');
}

async function json(url: string): Promise<unknown> {
  return reading(url, async (response) => {
    try {
      return (await response.json()) as unknown;
    } catch {
      throw new FetchError(`${url} does not answer as a NuGet feed does.`);
    }
  });
}

async function reading<Result>(
  url: string,
  read: (response: Response, isAlive: () => void) => Promise<Result>,
): Promise<Result> {
  const stalled = new AbortController();
  let timer = setTimeout(() => stalled.abort(), stallMs);
  const isAlive = () => {
    clearTimeout(timer);
    timer = setTimeout(() => stalled.abort(), stallMs);
  };
  try {
    const response = await fetch(url, { signal: stalled.signal });
    isAlive();
    if (!response.ok) throw new FetchError(`${url} answers ${response.status}.`);
    return await read(response, isAlive);
  } catch (thrown) {
    if (thrown instanceof FetchError) throw thrown;
    throw new FetchError(`${new URL(url).host} cannot be reached (${reasonOf(thrown, stalled.signal)}).`);
  } finally {
    clearTimeout(timer);
  }
}

function reasonOf(thrown: unknown, { aborted }: AbortSignal): string {
  if (aborted) return 'no answer';
  const cause = thrown instanceof Error && thrown.cause instanceof Error ? thrown.cause : thrown;
  return (cause as { code?: string }).code ?? String(cause);
}
