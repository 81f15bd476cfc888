import { z } from 'zod';

/**
 * Every expected failure of Kenro, by kind. The renderer holds one text per kind and language
 * (`renderer/src/i18n`), so a kind is also the message key; `params` fills its placeholders.
 */
export const errorKinds = [
  'badRequest',
  'notFound',
  'fileNotJson',
  'fieldWrong',
  'notAllowed',
  'cancelled',
  'conflict',
  'thresholdsChanged',
  'tooManyParts',
  'selectionChanged',
  'batchTakenBack',
  'pictureNotKept',
  'encodingUnknown',
  'tableEmpty',
  'tableTooLarge',
  'fileChanged',
  'fileImported',
  'reportFolderMissing',
  'reportNotWritten',
  'imageUnreadable',
  'imageTooLarge',
  'imageVanished',
  'imageIncomplete',
  'imageBeyondCorrection',
  'folderMissing',
  'folderForbidden',
  'folderEmpty',
  'tooFewImages',
  'modelMissing',
  'modelUnreadable',
  'modelExternalDataMissing',
  'modelOperatorUnknown',
  'modelInputUnsupported',
  'modelShapeUnresolved',
  'modelOutputMissing',
  'modelHashMismatch',
  'modelDiffers',
  'modelInUseDiffers',
  'modelUntrusted',
  'modelSuspicious',
  'probePartsMissing',
  'probeUnclear',
  'signatureUnreadable',
  'keyFileWrong',
  'wrongPassphrase',
  'inRollout',
  'rolloutMoved',
  'gatesOpen',
  'parameterUnknown',
  'dataNotFinite',
  'lossNotFinite',
  'labelOutOfRange',
  'classEmpty',
  'oneClass',
  'headUnsupported',
  'notClassifier',
  'noOkClass',
  'labelsWrong',
  'checkpointUnreadable',
  'memoryTooSmall',
  'runExists',
  'runMismatch',
  'reasonMissing',
  'tooManyPoints',
  'runFileUnreadable',
  'reportUnreadable',
  'gradientUnsupported',
  'providerUnavailable',
  'patchBaseMismatch',
  'patchTensorMismatch',
  'outputNotFinite',
  'diskFull',
  'diskReadOnly',
  'databaseCorrupt',
  'databaseNewer',
  'databaseLocked',
  'backupFolderMissing',
  'backupNotWritten',
  'backupUnreadable',
  'backupDiffers',
  'carriedUnreadable',
  'productUntrusted',
  'picturesExceed',
  'restored',
  'restarting',
  'engineLost',
  'engineTimeout',
  'noModel',
  'cameraLost',
  'signInNeeded',
  'roleLacking',
  'wrongPassword',
  'tooManyAttempts',
  'secretWeak',
  'lastAdmin',
  'auditGap',
  'updateUnreadable',
  'updateNotTrusted',
  'updateDamaged',
  'updateForOther',
  'updateNotPossible',
  'updateNoWayBack',
  'browserMissing',
  'printFailed',
  'internal',
] as const;

export const ErrorKind = z.enum(errorKinds);
export type ErrorKind = z.infer<typeof ErrorKind>;

export const ErrorParams = z.record(z.string(), z.union([z.string(), z.number()]));
export type ErrorParams = z.infer<typeof ErrorParams>;

/** What crosses a process border instead of an exception: what happened, to what, and the technical cause. */
export const ErrorInfo = z.object({
  kind: ErrorKind,
  params: ErrorParams.default({}),
  cause: z.string().optional(),
});
export type ErrorInfo = z.infer<typeof ErrorInfo>;

/** An expected failure that names the thing and the remedy. Anything else that is thrown is a bug. */
export class KenroError extends Error {
  readonly kind: ErrorKind;
  readonly params: ErrorParams;

  constructor(kind: ErrorKind, params: ErrorParams = {}, options?: { cause?: unknown }) {
    super(`${kind} ${JSON.stringify(params)}`, options);
    this.name = 'KenroError';
    this.kind = kind;
    this.params = params;
  }

  static fromInfo(info: ErrorInfo): KenroError {
    return new KenroError(info.kind, info.params, info.cause === undefined ? {} : { cause: info.cause });
  }
}

/** Turns anything thrown into what may cross a process border; an unknown exception becomes `internal`. */
export function toErrorInfo(thrown: unknown): ErrorInfo {
  if (thrown instanceof KenroError) {
    return {
      kind: thrown.kind,
      params: thrown.params,
      ...(thrown.cause === undefined ? {} : { cause: describe(thrown.cause) }),
    };
  }
  return { kind: 'internal', params: {}, cause: describe(thrown) };
}

function describe(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
