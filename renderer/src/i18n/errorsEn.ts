import type { ErrorKind } from '../../../electron/contract/errors.ts';
import type { ErrorText } from './i18n.svelte.ts';

export const errorsEn: Record<ErrorKind, ErrorText> = {
  badRequest: {
    what: 'Something in this request is not right[ ({reason})].',
    remedy: 'Check the values entered and try again.',
  },
  notFound: {
    what: '{thing} [“{name}” ]was not found.',
    remedy: 'It may have been removed already. Open the list again.',
  },
  fileNotJson: {
    what: 'The file[ “{file}”] is not JSON[: {reason}].',
    remedy: 'Correct it in a text editor, or write it anew.',
  },
  fieldWrong: {
    what: 'Field[ “{field}”][ of the file “{file}”] is wrong[: {reason}].',
    remedy: 'Correct the value in the file and try again.',
  },
  notAllowed: {
    what: '{thing} [“{name}” ]cannot be changed.',
    remedy: 'It is in use or comes with Kenro. Switch to another one first.',
  },
  cancelled: { what: 'Cancelled.', remedy: 'Start again if you still need it.' },
  conflict: {
    what: '{thing} [“{name}” ]is in use[ by {usedBy} “{user}”].',
    remedy: 'Choose another name, or change what uses it first.',
  },
  thresholdsChanged: {
    what: 'The thresholds of [“{name}” ]have been changed meanwhile.',
    remedy: 'Nothing was changed. Look at the pair that is in force now and decide again.',
  },
  tooManyParts: {
    what: 'These are too many parts[ ({parts})]; at most [{most} ]are possible at once.',
    remedy: 'Narrow the filter, or divide the file.',
  },
  selectionChanged: {
    what: 'What is chosen has changed meanwhile[ (now {parts})].',
    remedy: 'Nothing was changed. Look again and then decide.',
  },
  batchTakenBack: {
    what: 'These words [“{title}” ]have been taken back already.',
    remedy: 'Open the list again.',
  },
  pictureNotKept: {
    what: 'The picture of part [{part} ]was not kept.',
    remedy: 'Choose a part whose picture is kept: NG, review and audited parts have theirs.',
  },
  encodingUnknown: {
    what: 'The text encoding of the file[ “{file}”] cannot be told.',
    remedy: 'Save the CSV again as UTF-8 or Shift_JIS.',
  },
  tableEmpty: {
    what: 'The file[ “{file}”] has no rows.',
    remedy: 'Check what was exported.',
  },
  tableTooLarge: {
    what: 'The file[ “{file}”] is too large[ (up to {megabytes} MB)].',
    remedy: 'Export shorter periods.',
  },
  fileChanged: {
    what: 'The file[ “{file}”] has changed since it was read.',
    remedy: 'Nothing was imported. Choose the file again.',
  },
  fileImported: {
    what: 'The file[ “{file}”] has been imported already.',
    remedy: 'To repeat it, take the earlier import back first.',
  },
  reportFolderMissing: {
    what: 'No folder for reports is chosen.',
    remedy: 'Choose one in the settings under “Reports”.',
  },
  updateUnreadable: {
    what: '[“{file}”|The file] is not an update file of Kenro, or cannot be read.',
    remedy: 'Choose a file that ends in .kenroupdate, and copy it anew if it came on a medium.',
  },
  updateNotTrusted: {
    what: 'The signature of [“{file}”|the update file] is not that of the maker of this Kenro. Nothing was installed.',
    remedy: 'Do not use the file. Get the update again from whoever gave you Kenro.',
  },
  updateDamaged: {
    what: '[“{file}”|The update file] is damaged: its content is not what was signed. Nothing was installed.',
    remedy: 'Copy the file anew.',
  },
  updateForOther: {
    what: 'The update is for another kind of computer or installation[ ({system})].',
    remedy: 'Get the update for the system this Kenro was installed on.',
  },
  updateNotPossible: {
    what: 'This Kenro cannot be updated from a file.',
    remedy: 'Run the installer of the new version instead.',
  },
  updateNoWayBack: {
    what: 'Version {version} does not understand the database, and no copy from its time was kept.',
    remedy: 'Stay with this version, or start the older one with another data folder.',
  },
  reportNotWritten: {
    what: 'Reports cannot be written to the folder[ “{file}”].',
    remedy: 'Check that it is there, has room and may be written to. It is tried again by itself.',
  },
  imageUnreadable: {
    what: 'The image[ “{file}”] cannot be read.',
    remedy:
      'The file is damaged or not an image. Take it again, or check the format (PNG, JPEG, BMP, TIFF, WebP).',
  },
  imageTooLarge: {
    what: 'The image[ “{file}”] is too large[ ({width} × {height} pixels)].',
    remedy: 'Lower the capture size, or crop to the inspected area.',
  },
  imageVanished: {
    what: 'The image[ “{file}”] disappeared before it was judged.',
    remedy: 'Make sure the capture side does not move or delete images before they are judged.',
  },
  imageIncomplete: {
    what: 'The image[ “{file}”] was never written to the end.',
    remedy: 'Check that the capture side finishes saving, and check the network connection.',
  },
  imageBeyondCorrection: {
    what: 'The part lies or is lit too differently from the usual one to be corrected.',
    remedy: 'Look at the part. If many come like this, check how parts lie, the camera and the lamp.',
  },
  folderMissing: {
    what: 'The folder[ “{file}”] was not found.',
    remedy: 'Check where the folder is, and that the network drive is connected.',
  },
  folderForbidden: {
    what: 'You may not open the folder[ “{file}”].',
    remedy: 'Check the access rights of the folder or ask your administrator.',
  },
  folderEmpty: {
    what: 'There are no images in the folder[ “{file}”].',
    remedy: 'Choose a folder that holds images (PNG, JPEG, BMP, TIFF, WebP).',
  },
  tooFewImages: {
    what: 'There are too few images[ ({found})].',
    remedy: 'Provide [at least {needed} ]images of good parts.',
  },
  modelMissing: {
    what: 'The model file[ “{file}”] is gone.',
    remedy: 'Restore it from a backup, or teach again.',
  },
  modelUnreadable: {
    what: 'The file[ “{file}”] cannot be read as an ONNX model.',
    remedy: 'Check that it was exported as ONNX, and export it again.',
  },
  modelExternalDataMissing: {
    what: 'The weights file[ “{data}”] of the model[ “{file}”] is missing.',
    remedy: 'Put the weights file into the same folder as the ONNX file.',
  },
  modelOperatorUnknown: {
    what: 'The model uses an operator[ “{op}”] that is not supported.',
    remedy: 'Export it with another opset, or use a model made of standard operators only.',
  },
  modelInputUnsupported: {
    what: 'The input[ “{name}”] of the model has a shape that is not supported[ ({got})].',
    remedy: 'Use a model whose input is one image with 1 or 3 channels.',
  },
  modelShapeUnresolved: {
    what: 'A size inside the model cannot be determined[ (“{name}”)].',
    remedy: 'Export it again with a fixed input height and width.',
  },
  modelOutputMissing: {
    what: 'The model has no output[ “{name}”].',
    remedy: 'Choose another output to take features from.',
  },
  modelHashMismatch: {
    what: 'The model file[ “{file}”] is not the one that was registered.',
    remedy: 'It may have been altered. Restore it from a backup, or teach again.',
  },
  modelDiffers: {
    what: 'The model[ “{name}”] judges parts differently on this computer than when it was made[: {parts}].',
    remedy:
      'It was not put into use; the model in use stays. Choose the processor under “Compute device” and try again. If that does not help, make the model anew.',
  },
  modelUntrusted: {
    what: 'The model[ “{name}”] is not used: its signature is missing or does not count.',
    remedy:
      'An administrator can sign it with a key of the plant, or let it be used with a reason, on its card.',
  },
  modelSuspicious: {
    what: 'The model[ “{name}”] is not used: it seems to have a backdoor.',
    remedy:
      'Look at the marks on its card. An administrator can let it be used with a reason; better have it made anew.',
  },
  probePartsMissing: {
    what: 'There are too few defective parts to look for a backdoor with[ ({found})].',
    remedy:
      'Have [at least {needed} ]parts on record that the model judges NG, or import it with classified images.',
  },
  probeUnclear: {
    what: 'Whether the model[ “{name}”] has a backdoor cannot be told.',
    remedy: 'Look again with good and defective parts of its product.',
  },
  signatureUnreadable: {
    what: 'The signature[ {path}] cannot be read.',
    remedy: 'Take the file away or have the model signed again.',
  },
  keyFileWrong: {
    what: 'The file[ {path}] holds no key.',
    remedy: 'Choose the key file that the other plant handed on.',
  },
  wrongPassphrase: {
    what: 'The passphrase of the key[ “{name}”] is not right.',
    remedy: 'Type it again. If it is right, the key file was changed: make a new key.',
  },
  modelInUseDiffers: {
    what: 'The model in use[ “{name}”] judges parts differently than when it was made[: {parts}].',
    remedy:
      'onnxruntime or the computer has changed since. Look at its verdicts with care; choose the processor under “Compute device”, go back to another model, or make it anew.',
  },
  inRollout: {
    what: 'A rollout is comparing the model[ “{name}”] just now.',
    remedy: 'Go back to the previous version under “Rollout”, or wait for its end; then it can be changed.',
  },
  rolloutMoved: {
    what: 'The rollout does not stand where it did.',
    remedy: 'Somebody, a guard or another model in use has changed it meanwhile. Look at how it stands now.',
  },
  gatesOpen: {
    what: 'This phase has not been passed yet.',
    remedy:
      'What is missing stands beside the stage. Wait for more parts and say a word on those that are open.',
  },
  parameterUnknown: {
    what: 'The model has no layer or parameter[ “{name}”].',
    remedy: 'Choose one from the list of its layers[; near: {near}].',
  },
  dataNotFinite: {
    what: 'Image “{name}” gives the network something that is not a number.',
    remedy: 'Check the preprocessing and the image.',
  },
  lossNotFinite: {
    what: 'The training went astray[ in step {step}]: the loss is no longer a number.',
    remedy:
      'Lower the learning rate[ (it was {learningRate})] or clip the gradients. The last checkpoint is intact.',
  },
  labelOutOfRange: {
    what: 'Label {label} of “{name}” is none of the {classes} classes.',
    remedy: 'Correct the labels of the data set.',
  },
  classEmpty: {
    what: 'Class “{label}” has no image to train on.',
    remedy: 'Add images of this class, or leave it out.',
  },
  oneClass: {
    what: 'All images are of one class[: “{label}”].',
    remedy: 'Add images of another class, or teach a detector from good parts alone.',
  },
  headUnsupported: {
    what: 'The model cannot be given an output for {classes} classes.',
    remedy: 'Export it with an output of shape [N, C] or [N, C, H, W].',
  },
  notClassifier: {
    what: 'This network has no output that chooses one class[ ({shape})].',
    remedy: 'Export it with one output of shape [N, classes], two classes at least, of logits or softmax.',
  },
  noOkClass: {
    what: 'None of the classes means OK, so the model could never pass a part.',
    remedy: 'Tick the classes that mean OK, or train the model with good parts too.',
  },
  labelsWrong: {
    what: 'There are {found} class names for the[ {needed}] classes of the network[: {reason}].',
    remedy: 'Give each class one name of its own, in the order of the network’s output.',
  },
  checkpointUnreadable: {
    what: 'The checkpoint[ “{file}”] of the training cannot be read.',
    remedy: 'Start the training anew.',
  },
  memoryTooSmall: {
    what: 'A single image needs more memory than a training step may hold[ ({neededMb} MB)].',
    remedy: 'Allow more memory, or train only layers nearer to the output.',
  },
  runExists: {
    what: 'The folder[ “{file}”] holds a training already.',
    remedy: 'Resume it, or choose another folder.',
  },
  runMismatch: {
    what: 'The training was begun with other settings[ ({what})].',
    remedy: 'Resume it with the same ones, or start a new training.',
  },
  reasonMissing: {
    what: 'The model[ “{name}”] breaks limits.',
    remedy: 'Give a reason to take it all the same, or retrain it.',
  },
  tooManyPoints: {
    what: 'The period holds more groups than a chart can show (at most {most}).',
    remedy: 'Choose a shorter period or larger groups, e.g. days.',
  },
  runFileUnreadable: {
    what: 'The file[ “{file}”] of the retraining is missing or damaged[ ({reason})].',
    remedy: 'Restore it from a backup, or retrain again. Models made from it stay as they are.',
  },
  reportUnreadable: {
    what: 'The report[ “{file}”] is damaged.',
    remedy: 'Measure it anew. The retraining itself is not touched.',
  },
  gradientUnsupported: {
    what: 'Operator “{op}” (node “{node}”) cannot be trained through[: {why}].',
    remedy: 'Train only layers above it, or export the model with other operators.',
  },
  providerUnavailable: {
    what: 'This computer cannot compute on “{provider}”[: {reason}].',
    remedy: 'Update the graphics driver (for CUDA, also run “npm run gpu:cuda”), or choose “cpu”.',
  },
  patchBaseMismatch: {
    what: 'The layer patch was made for another model.',
    remedy: 'Apply it to the model it was trained from.',
  },
  patchTensorMismatch: {
    what: 'The model has no tensor “{tensor}” of the shape in the patch.',
    remedy: 'The patch does not belong to this model. Choose the right pair.',
  },
  outputNotFinite: {
    what: 'The model answered with something that is not a number.',
    remedy: 'Check the preprocessing and the model. The part is on record as review.',
  },
  diskFull: {
    what: 'The disk is full[ (“{file}”)].',
    remedy: 'Free some space. To keep fewer images open Settings → Display and storage.',
  },
  diskReadOnly: {
    what: 'Nothing can be written[ to “{file}”].',
    remedy: 'Check the write permission and the state of the disk.',
  },
  databaseCorrupt: {
    what: 'The database[ “{file}”] was damaged.',
    remedy:
      '[The damaged file was kept as “{kept}”. ][The newest backup took its place (“{restored}”): what was recorded after it is missing. ][The last part on record is of {time}. ]Inspection goes on. Ask your administrator about missing records.',
  },
  databaseNewer: {
    what: 'The database was made by a newer Kenro[ (version {found}; this Kenro knows up to {known})].',
    remedy: 'Install the newer version of Kenro.',
  },
  databaseLocked: {
    what: 'Another program is using the database[ “{file}”].',
    remedy: 'Check whether another Kenro is running, close it and start again.',
  },
  backupFolderMissing: {
    what: 'No folder for backups is chosen.',
    remedy: 'Choose one under Settings, Backup.',
  },
  backupNotWritten: {
    what: 'The backup folder[ “{file}”] cannot be read or written.',
    remedy: 'Check that it is connected, has room and may be written to. It is tried again by itself.',
  },
  backupUnreadable: {
    what: 'The list of this backup[ “{file}”] cannot be read.',
    remedy: 'Choose another backup.',
  },
  backupDiffers: {
    what: 'A file of the backup is not what was written, or is gone[: “{file}”].',
    remedy: 'Do not use it. Choose another backup, and check the disk it lies on.',
  },
  carriedUnreadable: {
    what: 'This is not a file of a product, or it is cut off[: “{file}”].',
    remedy: 'Export it again at the other station, and copy it anew.',
  },
  productUntrusted: {
    what: 'The file[ “{path}”] is not imported: its signature is missing or does not count here.',
    remedy:
      'Trust the key of the other station or plant under Settings, Keys and signatures, and import it again. An administrator can import it all the same, for a reason.',
  },
  picturesExceed: {
    what: 'Pictures take [{overGb} GB ]more than the limit[ of {mostGb} GB], although no OK picture is left to delete.',
    remedy:
      'Pictures of NG and review parts are never deleted by themselves. Raise the limit, or move old ones elsewhere.',
  },
  restored: {
    what: 'The backup[ of {time}] was restored.',
    remedy: '[{lostParts} parts recorded after it are not in it. ][The data before is kept in “{kept}”.]',
  },
  restarting: {
    what: 'Kenro is beginning anew.',
    remedy: 'Try again in a few seconds.',
  },
  engineLost: {
    what: 'The connection to {peer} was lost.',
    remedy: 'It comes back by itself. If this happens often, restart Kenro.',
  },
  engineTimeout: {
    what: 'The inspection engine did not answer in time.',
    remedy: 'It comes back by itself. If it goes on, stop other heavy programs.',
  },
  noModel: {
    what: 'This product has no model yet.',
    remedy: 'Teach one from images of good parts under Teach. Until then every part is a review.',
  },
  cameraLost: {
    what: 'No picture comes from the camera.',
    remedy: 'Check cable and power. It goes on by itself once the camera is back.',
  },
  signInNeeded: {
    what: 'This needs a sign-in[ with the role {role}].',
    remedy:
      'Sign in at the bottom left. Is there nobody yet? The first administrator is made in Settings > People.',
  },
  roleLacking: {
    what: 'Your role[ ({own})] does not allow this[; the role {role} is needed].',
    remedy: 'Have somebody with that role sign in at the bottom left, or ask an administrator for it.',
  },
  wrongPassword: {
    what: 'The PIN or password is wrong[; the next try is in {seconds} s].',
    remedy: 'Try again. An administrator can set a new one in Settings > People.',
  },
  tooManyAttempts: {
    what: 'There were too many wrong tries[; wait {seconds} s].',
    remedy: 'Even the right PIN or password is not looked at until then.',
  },
  secretWeak: {
    what: 'This PIN or password is too weak[: {weakness}].',
    remedy: 'Choose another one. A PIN has {min} digits or more, a password {min} characters or more.',
  },
  lastAdmin: {
    what: '[“{name}” ]is the last administrator.',
    remedy: 'Nothing was changed. Give somebody else the role first.',
  },
  auditGap: {
    what: 'Entries of the audit trail are missing[: {from} to {to}].',
    remedy:
      'They were lost by a power cut or a restored backup, or somebody deleted them. It is on record now; compare with an export of the trail.',
  },
  browserMissing: {
    what: 'A PDF is printed by a browser, and this computer has none.',
    remedy: 'Install Chromium, Chrome or Edge, or save the report as HTML.',
  },
  printFailed: {
    what: 'The browser could not print the report.',
    remedy: 'Save the report as HTML and print that.',
  },
  internal: {
    what: 'Something unexpected went wrong.',
    remedy: 'Inspection goes on. If it happens again, send the detail below to your administrator.',
  },
};
