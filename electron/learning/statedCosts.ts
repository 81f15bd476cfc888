import type { Costs } from '../contract/costs.ts';
import type { RunRecords } from './runRecords.ts';

/** What errors cost, as stated for the product's newest retraining; `null`: nobody has stated it yet. */
export async function statedCosts(records: RunRecords, productId: number): Promise<Costs | null> {
  const [newest] = await records.list(productId);
  if (newest === undefined) return null;
  return (await records.read(newest.id)).retrain?.request.settings.costs ?? null;
}
