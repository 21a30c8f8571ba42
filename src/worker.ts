// The script of the worker that `train` starts in a page: it knows every family.
import { anyTask } from "./train/any-task.js";
import { serveTraining } from "./train/serve.js";

serveTraining(anyTask);
