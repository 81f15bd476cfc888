import type { ErrorInfo, ErrorKind, ErrorParams } from '../contract/errors.ts';

type Text = (params: ErrorParams) => string;

/** Quotes a value where it is known, with the words around it. */
function quoted(before: string, value: string | number | undefined, after = ''): string {
  return value === undefined ? '' : `${before}"${value}"${after}`;
}

function bracketed(value: string | number | undefined): string {
  return value === undefined ? '' : ` (${value})`;
}

/** One line a kind: what happened to what, and what to do. */
const texts: Readonly<Record<ErrorKind, Text>> = {
  badRequest: (p) =>
    `wrong request${quoted(' for ', p['path'] ?? p['file'] ?? p['call'])}${bracketed(p['reason'])}; check the values given`,
  notFound: (p) => `${p['what'] ?? p['name'] ?? 'that'}${quoted(' ', p['id'] ?? p['path'])} was not found`,
  fileNotJson: (p) =>
    `file${quoted(' ', p['path'])} is not JSON${bracketed(p['reason'])}; correct it in a text editor`,
  fieldWrong: (p) =>
    `field${quoted(' ', p['field'])}${quoted(' of file ', p['path'])} is wrong${bracketed(p['reason'])}; correct it there`,
  notAllowed: (p) => `not allowed${bracketed(p['what'])}`,
  cancelled: () => 'cancelled',
  conflict: (p) =>
    `${p['what'] ?? 'that'}${quoted(' ', p['name'])} is in use${quoted(' by ', p['user'])}; change what uses it first`,
  thresholdsChanged: (p) =>
    `the thresholds${quoted(' of ', p['name'])} have been changed meanwhile; look at those in force and try again`,
  tooManyParts: (p) => `too many parts${bracketed(p['parts'])}; at most ${p['most'] ?? 'fewer'} at once`,
  selectionChanged: (p) => `what is chosen has changed meanwhile${bracketed(p['parts'])}; look again`,
  batchTakenBack: (p) => `these words${quoted(' ', p['title'])} have been taken back already`,
  pictureNotKept: (p) => `the picture of part${quoted(' ', p['part'])} was not kept; choose another`,
  encodingUnknown: (p) => `file${quoted(' ', p['path'])} is no text; save it as UTF-8 or Shift_JIS`,
  tableEmpty: (p) => `file${quoted(' ', p['path'])} has no rows; check what was exported`,
  tableTooLarge: (p) => `file${quoted(' ', p['path'])} is too large; export shorter periods`,
  fileChanged: (p) => `file${quoted(' ', p['path'])} has changed since it was read; choose it again`,
  reportFolderMissing: () => `no folder for reports is chosen; choose one in the settings`,
  reportNotWritten: (p) =>
    `the report cannot be written to folder${quoted(' ', p['path'])}; it is tried again`,
  fileImported: (p) => `file${quoted(' ', p['path'])} has been imported already; take that back first`,
  imageUnreadable: (p) =>
    `image${quoted(' ', p['path'])} cannot be read${bracketed(p['reason'])}; use PNG, JPEG, BMP, TIFF or WebP`,
  imageTooLarge: (p) =>
    `image${quoted(' ', p['path'])} is too large${p['width'] ? ` (${p['width']} x ${p['height']} pixels)` : ''}; crop or scale it down`,
  imageVanished: (p) =>
    `image${quoted(' ', p['path'])} cannot be opened${bracketed(p['reason'])}; it was moved, deleted or may not be read`,
  imageIncomplete: (p) =>
    `image${quoted(' ', p['path'])} stops in the middle${bracketed(p['reason'])}; copy or take it again`,
  imageBeyondCorrection: (p) =>
    `image${quoted(' ', p['path'])} is too far from the usual part${bracketed(p['bound'] && `${p['what']} ${p['value']}, bound ${p['bound']}`)}; look at it, and at the camera and the lamp`,
  folderMissing: (p) => `folder${quoted(' ', p['path'])} does not exist; check the path`,
  folderForbidden: (p) => `folder${quoted(' ', p['path'])} may not be opened; check its permissions`,
  folderEmpty: (p) =>
    `there is no image in${quoted(' ', p['path'] ?? 'the folder')}; PNG, JPEG, BMP, TIFF or WebP are needed`,
  tooFewImages: (p) =>
    `too few images${bracketed(p['found'])}${p['needed'] ? `; at least ${p['needed']} are needed` : '; give more'}`,
  modelMissing: (p) => `model${quoted(' ', p['path'] ?? p['file'])} does not exist; check the path`,
  modelUnreadable: (p) =>
    `model${quoted(' ', p['path'] ?? p['name'])} is not a readable ONNX file${bracketed(p['reason'])}; export it again`,
  modelExternalDataMissing: (p) =>
    `weights${quoted(' ', p['file'])} of model${quoted(' ', p['path'])} are missing; put them beside the ONNX file`,
  modelOperatorUnknown: (p) =>
    `model${quoted(' ', p['path'])} uses the unknown operator${quoted(' ', p['op'])}; export it with standard ONNX operators`,
  modelInputUnsupported: (p) =>
    `input${quoted(' ', p['name'])} of the model is not supported${bracketed(p['shape'] ?? p['reason'])}; one image of 1 or 3 channels is needed`,
  modelShapeUnresolved: (p) =>
    `a size inside the model cannot be worked out${quoted(' at ', p['name'])}${bracketed(p['reason'])}; export it with a fixed input size`,
  modelOutputMissing: (p) => `the model has no output${quoted(' ', p['name'])}; see "kenro models show FILE"`,
  modelHashMismatch: (p) =>
    `model${quoted(' ', p['path'] ?? p['file'])} is not the file that was registered; it was changed`,
  modelDiffers: (p) =>
    `model${quoted(' ', p['name'])} judges parts differently here than when it was made${bracketed(p['parts'])}; it was not put into use: judge on the processor, or make it anew`,
  modelUntrusted: (p) =>
    `model${quoted(' ', p['name'])} is not used: ${trustWords[String(p['state'])] ?? 'its signature is not right'}; an administrator can sign it or let it be used`,
  modelSuspicious: (p) =>
    `model${quoted(' ', p['name'])} seems to have a backdoor; do not use it unless you know what the mark is`,
  probePartsMissing: (p) =>
    `too few defective parts to look for a backdoor with${bracketed(p['found'])}; give more that the model judges NG`,
  probeUnclear: (p) =>
    `whether model${quoted(' ', p['name'])} has a backdoor cannot be told; give good and defective parts of its product`,
  signatureUnreadable: (p) =>
    `file${quoted(' ', p['path'])} is no signature of Kenro; take it away, or sign the file anew`,
  keyFileWrong: (p) => `file${quoted(' ', p['path'])} holds no key of Kenro; choose another file`,
  wrongPassphrase: (p) =>
    `the passphrase of the key${quoted(' ', p['name'])} is not right, or its file was changed; try again`,
  modelInUseDiffers: (p) =>
    `model${quoted(' ', p['name'])} is in use and judges parts differently than when it was made${bracketed(p['parts'])}; judge on the processor, or make it anew`,
  inRollout: (p) =>
    `model${quoted(' ', p['name'])} is being compared in a rollout; go back to the previous version or wait for its end`,
  rolloutMoved: () => 'the rollout stands elsewhere by now; look at how it stands and try again',
  gatesOpen: (p) => `the phase is not passed yet${bracketed(p['gates'])}`,
  parameterUnknown: (p) =>
    `the model has no layer or parameter${quoted(' ', p['name'])}${p['near'] ? `; did you mean ${p['near']}?` : '; see "kenro models show FILE"'}`,
  dataNotFinite: (p) =>
    `image${quoted(' ', p['name'])} gives the network something that is not a number; check the preprocessing and the image`,
  lossNotFinite: (p) =>
    `the training went astray${bracketed(p['step'] === undefined ? undefined : `step ${p['step']}: the loss is no number`)}; use a lower learning rate (--lr), or clip the gradients (--clip)`,
  labelOutOfRange: (p) =>
    `a label${bracketed(p['label'])}${quoted(' of ', p['name'])} is none of the classes; correct the labels`,
  classEmpty: (p) =>
    `class${quoted(' ', p['label'])} has no image to train on; add some, or leave the class out`,
  oneClass: (p) =>
    `all images are of one class${quoted(' ', p['label'])}; add images of another class, or teach a detector from good parts with "kenro teach"`,
  headUnsupported: (p) =>
    `the model cannot be given an output for ${p['classes'] ?? 'these'} classes${bracketed(p['reason'])}; export it with an output [N, C] or [N, C, H, W]`,
  notClassifier: (p) =>
    `the model${quoted(' ', p['path'])} has no output that chooses one class${bracketed(p['shape'] ?? p['got'])}; export it with one output [N, classes], two classes at least, of logits or softmax`,
  noOkClass: () =>
    'no class means OK, so the model cannot pass a part; say which classes mean OK, or train it with good parts too',
  labelsWrong: (p) =>
    `there are ${p['found'] ?? 'other'} class names for ${p['needed'] ?? 'the'} classes of the model${bracketed(p['reason'])}; give each class one name of its own, in the order of the output`,
  checkpointUnreadable: (p) =>
    `the checkpoint${quoted(' ', p['path'])} cannot be read; start the training anew in another folder`,
  memoryTooSmall: (p) =>
    `a single image needs more memory than a step may hold${p['neededMb'] ? ` (${p['neededMb']} MB)` : ''}; allow more (--step-mb), or train layers nearer to the output`,
  runExists: (p) =>
    `${quoted('', p['path']) || 'the folder'} holds a training already; go on with it by --resume, or choose another folder`,
  runMismatch: (p) =>
    `the training${quoted(' in ', p['path'])} was begun with other settings${bracketed(p['what'])}; resume it with the same, or start anew in another folder`,
  reasonMissing: (p) =>
    `${quoted('', p['name']) || 'the model'} breaks limits; give a reason to take it all the same`,
  tooManyPoints: (p) => `too many groups${bracketed(p['most'])}; choose a shorter period or larger groups`,
  updateUnreadable: (p) => `${quoted('', p['file']) || 'the file'} is not an update file, or cannot be read`,
  updateNotTrusted: (p) =>
    `the signature of ${quoted('', p['file']) || 'the update'} is not the maker's; get the update from whoever gave you Kenro`,
  updateDamaged: (p) => `${quoted('', p['file']) || 'the update'} is not what was signed; copy it anew`,
  updateForOther: (p) => `the update is for another system${bracketed(p['system'])}`,
  updateNotPossible: () => 'this Kenro cannot be updated from a file; run the installer of the new version',
  updateNoWayBack: (p) =>
    `version${quoted(' ', p['version'])} does not understand the database, and no copy from its time was kept`,
  runFileUnreadable: (p) =>
    `file${quoted(' ', p['path'])} of the run is missing or damaged${bracketed(p['reason'])}; restore it from a backup, or train anew`,
  reportUnreadable: (p) => `report${quoted(' ', p['path'])} is damaged; make it anew`,
  gradientUnsupported: (p) =>
    `operator${quoted(' ', p['op'])} (node${quoted(' ', p['node'])}) cannot be trained through${bracketed(p['why'])}; train layers above it only`,
  providerUnavailable: (p) =>
    `this computer cannot compute on${quoted(' ', p['provider'])}${bracketed(p['reason'])}; ${p['provider'] === 'cuda' ? 'run "npm run gpu:cuda"' : 'update the graphics driver'}, or use the processor`,
  patchBaseMismatch: (p) =>
    `the patch was made for another model${bracketed(p['base'])}; apply it to the model it was trained from`,
  patchTensorMismatch: (p) =>
    `the model has no tensor${quoted(' ', p['tensor'])} of the patch's shape; the patch does not belong to it`,
  outputNotFinite: (p) =>
    `model${quoted(' ', p['path'])} answered with something that is not a number; check its preprocessing`,
  diskFull: (p) => `the disk is full${quoted(' at ', p['path'])}; free some space`,
  diskReadOnly: (p) => `${quoted('', p['path']) || 'the place'} cannot be written; check its permissions`,
  databaseCorrupt: (p) =>
    `the database${quoted(' ', p['file'] ?? p['path'])} is damaged; restore it from a backup`,
  databaseNewer: (p) =>
    `the database${quoted(' ', p['file'] ?? p['path'])} was made by a newer Kenro; install that version`,
  databaseLocked: (p) =>
    `the database${quoted(' ', p['file'] ?? p['path'])} is in use by another program; close the other Kenro first`,
  backupFolderMissing: () => 'no folder for backups is chosen; choose one in the settings',
  backupNotWritten: (p) =>
    `the backup folder${quoted(' ', p['path'])} cannot be read or written; check that it is connected and has room`,
  backupUnreadable: (p) =>
    `the list of the backup${quoted(' ', p['path'])} cannot be read; choose another backup`,
  backupDiffers: (p) =>
    `${quoted('', p['path']) || 'a file of the backup'} is not what was written; choose another backup`,
  carriedUnreadable: (p) =>
    `${quoted('', p['path']) || 'the file'} is not a whole file of a product; export it again`,
  productUntrusted: (p) =>
    `product file${quoted(' ', p['path'])} is not imported: ${trustWords[String(p['state'])] ?? 'its signature is not right'}; trust its key, or an administrator can import it all the same`,
  picturesExceed: () => 'kept pictures take more room than they may; raise the limit or move old ones',
  restored: (p) => `the backup${quoted(' ', p['path'])} was restored; the data before is kept`,
  restarting: () => 'Kenro is beginning anew; try again in a few seconds',
  engineLost: () => 'the inspection engine has stopped unexpectedly; try again',
  engineTimeout: () => 'the inspection engine did not answer in time; try again with less load',
  noModel: () => 'no model was given; teach one with "kenro teach"',
  cameraLost: () => 'no picture comes from the camera; check cable and power',
  signInNeeded: (p) => `somebody with the role ${p['role'] ?? 'needed'} has to sign in`,
  roleLacking: (p) => `the role ${p['role'] ?? 'needed'} is needed${bracketed(p['own'])}`,
  wrongPassword: () => 'the password or PIN is wrong',
  tooManyAttempts: (p) => `too many wrong passwords; wait${p['seconds'] ? ` ${p['seconds']} seconds` : ''}`,
  secretWeak: (p) => `the password or PIN is too weak${bracketed(p['reason'])}; choose another one`,
  lastAdmin: (p) =>
    `${quoted('', p['name']) || 'this person'} is the last administrator; make another one first`,
  auditGap: (p) =>
    `entries of the audit trail are missing${bracketed(p['from'] === undefined ? undefined : `${p['from']} to ${p['to']}`)}; find out why`,
  browserMissing: () =>
    'a PDF is printed by a browser and this computer has none; install Chromium, Chrome or Edge (or name one by KENRO_CHROMIUM), or ask for .html',
  printFailed: (p) =>
    `the browser${quoted(' ', p['browser'])} could not print the report; ask for .html and print that`,
  internal: () => 'unexpected failure',
};

/** One line in English that names the thing and the remedy; the technical cause, if any, in brackets behind. */
export function messageFor(error: ErrorInfo): string {
  const text = texts[error.kind](error.params);
  const cause = error.cause?.trim().split('\n').at(-1);
  return cause && error.kind === 'internal' ? `${text} [${cause}]` : text;
}

/** By `ModelTrust.state`. */
const trustWords: Readonly<Record<string, string>> = {
  unsigned: 'it is not signed',
  wrong: 'it was changed after it was signed',
  unknownKey: 'nobody here trusts the key it is signed by',
  revoked: 'the key it is signed by was revoked',
};
