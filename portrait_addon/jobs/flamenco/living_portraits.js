// SPDX-License-Identifier: GPL-3.0-or-later
//
// A job type of Flamenco 3: the portraits of a Blender file baked on several machines, then rendered.
// Copy it into the folder "scripts" beside the Manager, and restart the Manager.

const JOB_TYPE = {
    label: "Living Portraits",
    description: "Bake the portraits of the file on several machines, then render it.",
    settings: [
        { key: "frames", type: "string", required: true,
          eval: "f'{C.scene.frame_start}-{C.scene.frame_end}'",
          evalInfo: { showLinkButton: true, description: "Scene frame range" },
          description: "Frames of the scene, such as 1-250" },
        { key: "chunk_size", type: "int32", default: 50, propargs: { min: 1 }, visible: "submission",
          description: "Frames that a task bakes and renders. A task needs some seconds to begin" },
        { key: "portraits", type: "string", required: false, default: "", visible: "submission",
          description: "Names of the portraits with commas between; all that follow something if empty" },
        { key: "render", type: "bool", required: false, default: true, visible: "submission",
          description: "Render the scene when its portraits are baked" },

        { key: "blendfile", type: "string", required: true, visible: "web",
          description: "Path of the Blender file" },
        { key: "is_movie", type: "bool", required: false, visible: "hidden",
          eval: "C.scene.render.is_movie_format" },
    ],
};

function compileJob(job) {
    const settings = job.settings;
    if (!/^\s*\d+\s*-\s*\d+\s*$/.test(settings.frames)) {
        throw `Frames: "${settings.frames}" is not one range of frames such as 1-250`;
    }
    if (settings.render && settings.is_movie) {
        throw "The scene renders to a film, which has no parts. Choose pictures in Output Properties";
    }

    const track = blenderTask("track", settings, ["--track"]);
    job.addTask(track);
    for (const chunk of frameChunker(settings.frames, settings.chunk_size)) {
        const frames = firstAndLast(chunk);
        const bake = blenderTask(`bake-${frames}`, settings, [`--frames=${frames}`, "--wait"]);
        bake.addDependency(track);
        job.addTask(bake);
        if (settings.render) {
            const render = blenderTask(`render-${frames}`, settings, [`--frames=${frames}`, "--render", "--wait"]);
            render.addDependency(bake);
            job.addTask(render);
        }
    }
}

function blenderTask(name, settings, args) {
    const portraits = (settings.portraits || "").split(",").map(one => one.trim()).filter(one => one);
    const task = author.Task(name, "blender");
    task.addCommand(author.Command("exec", {
        exe: "{blender}",
        args: [
            "--command", "portrait", "bake", settings.blendfile,
            ...portraits.map(one => `--object=${one}`),
            ...args,
        ],
    }));
    return task;
}

// The Manager writes a chunk as 1-50, two frames as 49,50 and one as 50.
function firstAndLast(chunk) {
    const numbers = chunk.match(/\d+/g);
    return `${numbers[0]}-${numbers[numbers.length - 1]}`;
}
