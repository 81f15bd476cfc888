import type { AnomalyMap } from '../../contract/domain.ts';
import type { ImageSource, Smoothed } from '../../contract/engine.ts';
import type { PictureFigures } from '../../contract/drift.ts';
import type { ErrorInfo } from '../../contract/errors.ts';
import type { ProductSmoothing } from '../../contract/smoothing.ts';
import type { JudgedBy } from '../../contract/verdict.ts';
import type { ModelCard } from '../../../native-models/detectors/card.ts';
import type { ModelFile } from '../modelHash.ts';
import type { EncodedPicture } from '../pictureRing.ts';

export interface PartToLookAt {
  readonly image: ImageSource;
  /** `null`: the picture is read and nothing is scored. */
  readonly model: ModelFile | null;
  /** Absent: one look decides. */
  readonly again?: LookingAgain | undefined;
  /** Figures of the picture are wanted. */
  readonly measures?: boolean | undefined;
}

/** When and how a part is looked at again, under noise. */
export interface LookingAgain {
  readonly settings: ProductSmoothing;
  readonly judgedBy: JudgedBy;
  /** Of the noise. */
  readonly seed: number;
  /** On the monotonic clock. */
  readonly untilMs: number;
}

export interface ModelToLoad extends ModelFile {
  /** Its network for noisy looks, too. */
  readonly smoothed?: boolean | undefined;
}

/** A picture that could not be read. */
export interface Unread {
  readonly encoded: null;
  readonly decodeMs: number;
  readonly error: ErrorInfo;
}

/** A picture that was read; without a score, `error` says why. */
export interface Seen {
  readonly encoded: EncodedPicture;
  readonly width: number;
  readonly height: number;
  readonly score: number | null;
  /** Likeliest defect type, by a classifier. */
  readonly label: string | null;
  readonly map: AnomalyMap | null;
  /** From the source to the network's input. */
  readonly decodeMs: number;
  readonly inferMs: number;
  readonly error: ErrorInfo | null;
  /** Why the processor scored the part in place of the device. */
  readonly deviceError?: ErrorInfo;
  /** Of a part that was scored where noisy looks are allowed. */
  readonly smoothing?: Smoothed;
  readonly figures?: PictureFigures;
  /** With the figures: how the network sees the picture; `null` where it does not tell. */
  readonly embedding?: number[] | null;
}

export type Look = Unread | Seen;

/** Looks at parts with detectors of its own, scoring one at a time. */
export interface Lane {
  /**
   * Reads, decodes and scores a part. Never throws for a part or a model that is at fault.
   * @param alone no other part is being looked at: the network may use the whole processor
   */
  look(part: PartToLookAt, alone: boolean): Promise<Look>;
  /**
   * Opens a detector, so that the next part does not wait for it.
   * @throws {ModelError | KenroError} why it cannot be opened
   */
  load(model: ModelToLoad, alone: boolean): Promise<ModelCard>;
  /** Only once nothing is being looked at. */
  close(): Promise<void>;
}
