import { z } from 'zod';
import { fetchFile } from './files.ts';

/** What the build has put beside the page (`build/packaging/licences.ts`). */
const LicenceList = z.array(
  z.object({
    name: z.string(),
    version: z.string(),
    licence: z.string(),
    usedIn: z.enum(['program', 'page', 'window']),
    text: z.string(),
  }),
);
export type LicenceEntry = z.infer<typeof LicenceList>[number];

/** Everything of others in this Kenro, or `null` when the list cannot be had. */
export async function readLicences(): Promise<LicenceEntry[] | null> {
  const outcome = await fetchFile('/licences.json');
  return outcome.ok ? LicenceList.parse(JSON.parse(await outcome.content.text())) : null;
}
