module.exports = { defaultProjectFolder: '', commands: {} };
