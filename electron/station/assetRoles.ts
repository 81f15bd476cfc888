import type { assetPaths } from '../contract/bridge.ts';
import { roleFor, type ChannelName } from '../contract/channels.ts';
import { reaches, type Role } from '../contract/people.ts';

export type AssetKind = keyof typeof assetPaths;

/** The channel by which a page shows the same, and how its paths begin and end. */
const shownBy: Readonly<Record<AssetKind, { readonly channel: ChannelName; readonly paths: RegExp }>> = {
  picture: { channel: 'history.part', paths: /^\/picture\// },
  changedPart: { channel: 'retrain.open', paths: /^\/run\/[^/]+\/part\// },
  chosenSample: { channel: 'retrain.open', paths: /^\/run\/[^/]+\/sample\// },
  trigger: { channel: 'station.snapshot', paths: /^\/run\/[^/]+\/trigger\// },
  suspect: { channel: 'retrain.open', paths: /^\/run\/[^/]+\/suspect\// },
  report: { channel: 'retrain.open', paths: /^\/run\/[^/]+\/report\./ },
  modelReport: { channel: 'report.list', paths: /^\/report\// },
  roi: { channel: 'roi.read', paths: /^\/roi\// },
  rollout: { channel: 'rollout.status', paths: /^\/rollout\// },
  handbook: { channel: 'station.snapshot', paths: /^\/handbook\/[a-z]+\.pdf$/ },
  audit: { channel: 'audit.page', paths: /^\/export\/audit\./ },
  historyCsv: { channel: 'history.page', paths: /^\/export\/history\./ },
};

/** What may be done where nobody is signed in: a request for a file does not say who is. */
const anybody: Role = 'operator';

/** `null`: no path of the station's. */
export function assetKind(path: string): AssetKind | null {
  const kinds = Object.keys(shownBy) as AssetKind[];
  return kinds.find((kind) => shownBy[kind].paths.test(path)) ?? null;
}

/** The role that the screen of such a file asks for. */
export function assetRole(kind: AssetKind): Role {
  return roleFor(shownBy[kind].channel, {});
}

/**
 * Whether a file may be sent: only what the page would show anybody. One whose screen asks for more is refused until its
 * request can say who asks.
 */
export function mayBeSent(path: string, roleOf: (kind: AssetKind) => Role = assetRole): boolean {
  const kind = assetKind(path);
  return kind !== null && reaches(anybody, roleOf(kind));
}
