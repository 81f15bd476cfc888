/** Why a model, image or data set cannot be used. The engine maps these onto the contract's error kinds. */
export type ModelErrorKind =
  | 'imageUnreadable'
  | 'imageTooLarge'
  | 'imageVanished'
  | 'imageIncomplete'
  | 'imageBeyondCorrection'
  | 'tooFewImages'
  | 'probePartsMissing'
  | 'modelMissing'
  | 'modelUnreadable'
  | 'modelExternalDataMissing'
  | 'modelOperatorUnknown'
  | 'modelInputUnsupported'
  | 'modelShapeUnresolved'
  | 'modelOutputMissing'
  | 'outputNotFinite'
  | 'dataNotFinite'
  | 'lossNotFinite'
  | 'labelOutOfRange'
  | 'classEmpty'
  | 'oneClass'
  | 'headUnsupported'
  | 'notClassifier'
  | 'noOkClass'
  | 'labelsWrong'
  | 'checkpointUnreadable'
  | 'memoryTooSmall'
  | 'parameterUnknown'
  | 'gradientUnsupported'
  | 'providerUnavailable'
  | 'patchBaseMismatch'
  | 'patchTensorMismatch'
  | 'cancelled'
  | 'badRequest';

/** An expected failure: names the thing (in `params`) so that the message can name it too. */
export class ModelError extends Error {
  readonly kind: ModelErrorKind;
  readonly params: Readonly<Record<string, string | number>>;

  constructor(
    kind: ModelErrorKind,
    params: Readonly<Record<string, string | number>> = {},
    options?: { cause?: unknown },
  ) {
    super(`${kind} ${JSON.stringify(params)}`, options);
    this.name = 'ModelError';
    this.kind = kind;
    this.params = params;
  }
}
