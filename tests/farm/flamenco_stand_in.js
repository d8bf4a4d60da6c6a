// What the Manager of Flamenco gives to a job type, as its manual and its built-in job types describe it.
// node flamenco_stand_in.js JOB_TYPE.js '{"settings": ...}' prints the settings and the tasks that come of a job.

const fs = require("fs");
const vm = require("vm");

const [file, job] = process.argv.slice(2);

class Task {
    constructor(name, type) {
        if (!name || !type) throw new Error("author.Task(name, type): both are required");
        Object.assign(this, { name, type, commands: [], dependencies: [] });
    }
    addCommand(command) { this.commands.push(command); }
    addDependency(task) { this.dependencies.push(task.name); }
}

// "1-4,7" in chunks of 3 gives "1-3" and "4,7"; two frames in a row are written with a comma.
function frameChunker(range, size) {
    if (!(size > 0)) throw new Error(`invalid chunk size, must be positive number: ${size}`);
    const frames = range.split(",").flatMap(part => {
        const [first, last = first] = part.split("-").map(Number);
        return Array.from({ length: last - first + 1 }, (_, index) => first + index);
    });
    const chunks = [];
    for (let start = 0; start < frames.length; start += size) {
        chunks.push(merged(frames.slice(start, start + size)));
    }
    return chunks;
}

function merged(frames) {
    const runs = [];
    for (const frame of frames) {
        const run = runs[runs.length - 1];
        if (run && frame === run[1] + 1) run[1] = frame;
        else runs.push([frame, frame]);
    }
    const written = ([first, last]) =>
        first === last ? `${first}` : last === first + 1 ? `${first},${last}` : `${first}-${last}`;
    return runs.map(written).join(",");
}

const tasks = [];
const context = vm.createContext({
    author: { Task: (name, type) => new Task(name, type), Command: (name, parameters) => ({ name, parameters }) },
    frameChunker,
    print: () => {},
});
vm.runInContext(fs.readFileSync(file, "utf8"), context, { filename: file });
const given = { ...JSON.parse(job), addTask: task => tasks.push(task) };
try {
    context.compileJob(given);
    console.log(JSON.stringify({ settings: vm.runInContext("JOB_TYPE", context).settings, tasks }));
} catch (error) {
    console.log(JSON.stringify({ error: String(error) }));
}
