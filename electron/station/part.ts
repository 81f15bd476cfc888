import type { Inspection, AnomalyMap } from '../contract/domain.ts';
import type { PictureFigures } from '../contract/drift.ts';
import type { ImageSource, JudgeReply } from '../contract/engine.ts';
import type { PartKey } from '../store/partKey.ts';

/** A part that a source hands to the pipeline. */
export interface Part {
  /** Names the part for ever: what is on record under it is never judged again. */
  readonly key: PartKey;
  readonly sourceId: number;
  /** Path relative to the watched folder, demo part number or camera frame number. */
  readonly origin: string;
  readonly serial: string;
  readonly image: ImageSource;
  /** When it was complete and could have been judged, on the monotonic clock. */
  readonly readyMs: number;
}

/** A part on record, as the rest of the station is told of it. */
export interface PartOnRecord {
  readonly part: Part;
  readonly inspection: Inspection;
  readonly map: AnomalyMap | null;
  /** Of its picture, where they were wanted. */
  readonly figures?: PictureFigures | undefined;
  /** With the figures: how the network sees the picture. */
  readonly embedding?: readonly number[] | null | undefined;
}

/** Where parts come from. The pipeline pulls, so a source is never drained faster than parts go on record. */
export interface PartSource {
  readonly id: number;
  /** The next part, or `null` when there is none now; when there is one again, the source tells the pipeline. */
  take(): Part | null;
  /** Parts complete and not yet taken. */
  readonly waiting: number;
  /** Nobody waits for its parts, so that they can. */
  readonly isPatient?: boolean;
  /**
   * Whether the judgement of a part of this source may go on record. `false`: the source has taken the part
   * back and will deliver it again (a file that was still being written).
   */
  accepts(part: Part, reply: JudgeReply): boolean | Promise<boolean>;
  /** The part is on record; what was kept to judge it can go. */
  recorded(part: Part): void;
}
