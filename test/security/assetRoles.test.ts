import { describe, expect, it } from 'vitest';
import { wholeTrail } from '../../electron/contract/audit.ts';
import { assetPaths } from '../../electron/contract/bridge.ts';
import { everything } from '../../electron/contract/history.ts';
import { assetKind, assetRole, mayBeSent, type AssetKind } from '../../electron/station/assetRoles.ts';
import { testStation } from '../support/testStation.ts';

const paths: Record<AssetKind, string> = {
  picture: assetPaths.picture(1, 80),
  changedPart: assetPaths.changedPart('retrain-1-1', 0, 80),
  chosenSample: assetPaths.chosenSample('retrain-1-1', 0, 80),
  trigger: assetPaths.trigger('probe-1-1', 0, 80),
  suspect: assetPaths.suspect('screen-1-1', 0, 80),
  report: assetPaths.report('retrain-1-1', 'html', 'en'),
  modelReport: assetPaths.modelReport('report-1-1', 'pdf', 'ja'),
  roi: assetPaths.roi(1, 'csv', 'en'),
  rollout: assetPaths.rollout(1, 'html', 'ja'),
  handbook: assetPaths.handbook('whole', 'ja'),
  audit: assetPaths.audit('json', wholeTrail),
  historyCsv: assetPaths.historyCsv(everything),
};
const kinds = Object.keys(assetPaths) as AssetKind[];

describe('a file over HTTP', () => {
  it.each(kinds)('needs what its screen needs: %s', (kind) => {
    const { pathname } = new URL(paths[kind], 'http://station');
    expect(assetKind(pathname)).toBe(kind);
    expect(assetRole(kind)).toBe('operator');
    expect(mayBeSent(pathname)).toBe(true);
    // Should a screen ever ask for more, its file is not sent to whoever has the page open.
    for (const role of ['supervisor', 'qa', 'admin'] as const) {
      expect(mayBeSent(pathname, (each) => (each === kind ? role : 'operator'))).toBe(false);
    }
  });

  it('is refused on any other path', async () => {
    const { station } = await testStation();
    for (const path of ['/export/people.csv', '/export/settings.json', '/kenro.db', '/picture', '/']) {
      expect(mayBeSent(path)).toBe(false);
      expect(await station.assets(path)).toBeNull();
    }
  });
});
